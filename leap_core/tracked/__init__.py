"""Poses that another tool tracked, as this pipeline's own: read, check, turn head to +x.

``import_file`` is what the rule calls; one module per format, the turning in
:mod:`leap_core.tracked.egocentric`.
"""

from leap_core.tracked.egocentric import align
from leap_core.tracked.stage import import_file, read, summary

__all__ = ["align", "import_file", "read", "summary"]
