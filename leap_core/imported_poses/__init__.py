"""Poses that another tool tracked, as this pipeline's own: read, check, turn head to +x.

``import_file`` is what the rule calls; one module per format, the turning in
:mod:`leap_core.imported_poses.egocentric`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
