"""Labels made anywhere: read, check, clean, align, merge and split them.

One module per foreign format (``deepposekit``, ``leap``, ``dlc``, ``sleap``, ``coco``) behind one
:func:`read`; everything after it works on :class:`leap_core.containers.Labels`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
