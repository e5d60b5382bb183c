"""``tracking.txt`` of FastTrack: a row for each object and frame, px of the video, y down.

Angles are in radians, from 0 to two pi, and grow counterclockwise although y goes down.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from leap_core.formats import raw_tracks, sheets
from leap_core.formats.raw_labels import Head
from leap_core.formats.raw_tracks import RawTrack

_COLUMNS = ("xbody", "ybody", "tbody")
_REMEDY = "name tracking.txt of the folder Tracking_Result of FastTrack"


def recognizes(head: Head) -> bool:
    """Text whose first line, with tabulators, names the body's place and angle."""
    line = sheets.start(head.start).split(b"\n")[0].decode("utf-8", "replace")
    return {*_COLUMNS, "imagenumber", "id"} <= {cell.strip() for cell in line.split("\t")}


def read_track(path: Path) -> RawTrack:
    """All objects, by their numbers.

    Raises:
        UserError: cells that are no numbers, or an object that is twice in a frame.
    """
    text = raw_tracks.table(path, "\t", _REMEDY)
    wanted = ("imagenumber", "id", *_COLUMNS)
    column = {name: raw_tracks.cells(path, name, text[name], "\t") for name in wanted}
    numbers, who = np.unique(column.pop("id"), return_inverse=True)
    names = tuple(f"{number:g}" for number in numbers)
    start, laid = raw_tracks.by_rows(path, column.pop("imagenumber"), who, names, column)
    return RawTrack(
        np.stack([laid["xbody"], laid["ybody"]], -1),
        start,
        laid["tbody"],
        names=names,
        angle="counterclockwise",
    )
