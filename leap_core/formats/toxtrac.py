"""``Tracking_*.txt`` of ToxTrac: a row for each animal and frame, px from its arena's corner."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from leap_core.errors import UserError
from leap_core.formats import raw_tracks
from leap_core.formats.raw_labels import Head
from leap_core.formats.raw_tracks import RawTrack
from leap_core.io.untrusted import reading

_COLUMNS = 6  # frame, arena, track, x, y, label
_REMEDY = "export it again from ToxTrac"


def recognizes(head: Head) -> bool:
    """Six numbers a line, a tabulator between."""
    cells = head.start.split(b"\n")[0].strip().split(b"\t")
    try:
        return len(cells) == _COLUMNS and all(np.isfinite(float(cell)) for cell in cells)
    except ValueError:
        return False


def read_track(path: Path) -> RawTrack:
    """All tracks of one arena, by their numbers.

    Raises:
        UserError: no such table, or several arenas.
    """
    with reading(path, "table of ToxTrac", _REMEDY):
        frame, arena, who, x, y, _ = np.loadtxt(path, delimiter="\t", ndmin=2, unpack=True)
    if len(set(arena)) > 1:
        raise UserError(
            f"{path}: holds {len(set(arena))} arenas, whose places count from corners of their "
            "own; export them one by one"
        )
    numbers, animal = np.unique(who, return_inverse=True)
    names = tuple(f"{number:g}" for number in numbers)
    start, laid = raw_tracks.by_rows(path, frame, animal, names, {"x": x, "y": y})
    return RawTrack(np.stack([laid["x"], laid["y"]], -1), start, names=names)
