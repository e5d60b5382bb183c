"""Labels made anywhere: read, check, clean, align, merge and split them.

One module per foreign format (``deepposekit``, ``leap``, ``dlc``, ``sleap``, ``coco``) behind one
:func:`read`; everything after it works on :class:`leap_core.containers.Labels`.
"""

from leap_core.formats.leap_writer import write_leap
from leap_core.labels.alignment import align
from leap_core.labels.exclusions import exclude
from leap_core.labels.masking import masked
from leap_core.labels.reading import read, read_skeleton
from leap_core.labels.reporting import format_report, report
from leap_core.labels.splitting import merge, split
from leap_core.labels.stage import find_source, import_file

__all__ = [
    "align",
    "exclude",
    "find_source",
    "format_report",
    "import_file",
    "masked",
    "merge",
    "read",
    "read_skeleton",
    "report",
    "split",
    "write_leap",
]
