"""Poses that another tool tracked, as this pipeline's own: read, check, turn head to +x.

``import_file`` is what the rule calls; one module per format, the turning in
:mod:`leap_core.tracked.egocentric`.
"""

from leap_core import faces

__getattr__, __dir__, __all__ = faces.attach(__name__, __file__)
