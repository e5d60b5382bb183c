"""Tables that Bonsai's ``CsvWriter`` makes of connected components: a row for each frame.

Columns are named by the members that were written, as ``Centroid.X`` or ``Item2.Orientation``.
Pixels, y down; the orientation is that of the second moments, so it tells the axis alone.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from leap_core.errors import UserError
from leap_core.formats import raw_tracks, sheets
from leap_core.formats.raw_labels import Head
from leap_core.formats.raw_poses import NAN
from leap_core.formats.raw_tracks import RawTrack

_X, _Y = "centroid.x", "centroid.y"
_REMEDY = "write it again with `IncludeHeader` of CsvWriter"


def recognizes(head: Head) -> bool:
    """Text whose first line names the place of a component."""
    line = sheets.start(head.start).split(b"\n")[0].decode("utf-8", "replace")
    names = [name.strip(' "\r') for name in line.split(_separator(line))]
    return any(name.endswith(_X) and name[:-1] + "y" in names for name in names)


def read_track(path: Path) -> RawTrack:
    """All components, in the order of the columns.

    Raises:
        UserError: columns that are missing or hold no numbers.
    """
    with path.open("rb") as file:
        line = file.readline(4096).decode("utf-8", "replace")
    mark = _separator(line)
    # what has no frame numbers must not lose a line
    between = r"\s+" if mark == " " else mark
    text = raw_tracks.table(path, between, _REMEDY, a_row_a_line=True)
    owners = [name.removesuffix(_X) for name in text if name.endswith(_X)]
    centroid, heading = [], []
    for owner in owners:
        if owner + _Y not in text:
            raise UserError(f"{path}: has `{owner + _X}` without `{owner + _Y}`; {_REMEDY}")
        x, y = (raw_tracks.cells(path, n, text[n], mark) for n in (owner + _X, owner + _Y))
        turn = np.full(len(x), NAN)
        if (name := owner + "orientation") in text:
            turn = raw_tracks.cells(path, name, text[name], mark)
        if (name := owner + "area") in text:  # older versions put what is lost into the corner
            lost = raw_tracks.cells(path, name, text[name], mark) <= 0
            x[lost], turn[lost] = NAN, NAN
        centroid.append(np.stack([x, y], -1))
        heading.append(turn)
    axes = np.stack(heading)
    return RawTrack(
        np.stack(centroid),
        heading=axes if np.isfinite(axes).any() else None,
        modulo_pi=True,
        names=tuple(owner.rstrip(".") or "component" for owner in owners),
    )


def _separator(line: str) -> str:
    """That of the header; a space where none was chosen."""
    mark = sheets.separator(line)
    return mark if mark in line else " "
