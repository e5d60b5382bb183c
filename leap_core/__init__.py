"""From raw video of an animal to poses, gait and a map of behavior.

Plain functions and small dataclasses over arrays.  Every stage reads files, calls functions
of its own folder, and writes files (see ``docs/``); stages never import one another.

:func:`leap_core.read` reads any HDF5 file of the pipeline; it is loaded when it is first used.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submod_attrs={"reading": ["read"]})
