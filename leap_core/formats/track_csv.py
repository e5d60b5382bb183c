"""Plain tables of tracks: columns ``frame``, ``animal``, ``x``, ``y`` and a heading.

The heading is ``heading_deg`` or ``heading_rad``, or neither; ``animal`` may lack where there is
one.  Rows in any order, others among the columns.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from leap_core.errors import UserError
from leap_core.formats import raw_tracks, sheets
from leap_core.formats.raw_labels import Head
from leap_core.formats.raw_tracks import RawTrack
from leap_core.io.untrusted import reading

_COLUMNS = "frame,animal,x,y,heading_deg"
_REMEDY = f"write columns {_COLUMNS}"


def recognizes(head: Head) -> bool:
    """Text whose first line names ``frame``, ``x`` and ``y``."""
    line = sheets.start(head.start).split(b"\n")[0].decode("utf-8", "replace")
    cells = {cell.strip(' "\r') for cell in line.split(sheets.separator(line))}
    return {"frame", "x", "y"} <= cells


def read_track(path: Path) -> RawTrack:
    """All animals: by number where all are numbers, else in the order of the file.

    Raises:
        UserError: columns that are missing or there twice, cells that are no numbers, or an
            animal that is twice in a frame.
    """
    import pandas as pd  # slow to import

    mark = sheets.read(path, 1).separator
    with reading(path, "CSV", _REMEDY):
        table = pd.read_csv(path, sep=mark, dtype=str, encoding="utf-8-sig", index_col=False)
    names = [str(name).strip().lower() for name in table.columns]
    for name in ("frame", "x", "y"):
        if names.count(name) != 1:
            raise UserError(
                f"{path}: column `{name}` is there {names.count(name)} times; {_REMEDY}"
            )
    table.columns = pd.Index(names)
    angles = [name for name in ("heading_deg", "heading_rad") if name in names]
    if len(angles) > 1 or names.count("animal") > 1 or any(names.count(a) > 1 for a in angles):
        raise UserError(f"{path}: has two columns of headings, or of animals; remove one")
    if not len(table):
        raise UserError(f"{path}: holds no rows; {_REMEDY}")
    columns = {
        name: raw_tracks.cells(path, name, table[name], mark)
        for name in ("frame", "x", "y", *angles)
    }
    frame = columns.pop("frame")
    who, animals = _animals(table["animal"] if "animal" in names else None, len(table))
    start, laid = raw_tracks.by_rows(path, frame, who, animals, columns)
    heading = laid[angles[0]] if angles else None
    if heading is not None and angles[0] == "heading_deg":
        heading = np.radians(heading)
    return RawTrack(np.stack([laid["x"], laid["y"]], -1), start, heading, names=animals)


def _animals(column, rows: int) -> tuple[np.ndarray, tuple[str, ...]]:
    """Number of the animal of each row, and names."""
    if column is None:
        return np.zeros(rows, int), ("0",)
    text = [str(name).strip() for name in column.fillna("")]
    names = list(dict.fromkeys(text))
    if all(name.isdecimal() for name in names):
        names.sort(key=int)
    place = {name: k for k, name in enumerate(names)}
    return np.array([place[name] for name in text]), tuple(names)
