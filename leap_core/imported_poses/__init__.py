"""Poses that another tool tracked, as this pipeline's own: read, check, turn head to +x.

``import_file`` is what the rule calls; one module per format, the turning in
:mod:`leap_core.imported_poses.egocentric`.
"""

from leap_core.imported_poses.egocentric import align
from leap_core.imported_poses.stage import import_file, read, summary

__all__ = ["align", "import_file", "read", "summary"]
