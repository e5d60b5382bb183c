"""Tables of coordinates of AnimalTA: px of the video, y down, no angles.

Either a row for each frame with two columns for each target, or, where their number varies, a row
for each target and frame.  Targets are numbered anew in each arena.  One that was parted into head
and tail has two places, whose middle and direction are taken.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from leap_core.errors import UserError
from leap_core.formats import raw_tracks, sheets
from leap_core.formats.raw_labels import Head
from leap_core.formats.raw_poses import NAN
from leap_core.formats.raw_tracks import RawTrack

_REMEDY = "name a table of the folder coordinates or corrected_coordinates of AnimalTA"
_TARGET = re.compile(r"x_(arena\d+_.+?)(_head|_tail|_part0|_part1|)")
_ENDS = {"_part0": "_head", "_part1": "_tail"}  # as they are named in corrected tables
_LONG = {"arena", "ind", "x", "y"}
_LEAST_S = 2.0  # times have two decimals: over less they tell no rate


def recognizes(head: Head) -> bool:
    """Text whose first line begins with frame and time and names targets."""
    line = sheets.start(head.start).split(b"\n")[0]
    wide = line.startswith(b"frame;time;x_arena")
    return wide or line.startswith(b"frame;time;arena;ind;x;y")


def read_track(path: Path) -> RawTrack:
    """All targets of all arenas.

    Raises:
        UserError: columns that are missing or hold no numbers.
    """
    text = raw_tracks.table(path, ";", _REMEDY)
    column = {
        name: raw_tracks.cells(path, name, cells, ";")
        for name, cells in text.items()
        if name not in ("arena", "ind")
    }
    frame, time = column["frame"], column["time"]
    if _LONG <= set(text):
        each = [f"arena{a}_ind{i}" for a, i in zip(text["arena"], text["ind"], strict=True)]
        names = list(dict.fromkeys(each))
        who = np.array([names.index(name) for name in each])
        rows = {"x": column["x"], "y": column["y"], "heading": np.full(len(frame), NAN)}
    else:
        found = _targets(path, column)
        names = list(found)
        who = np.repeat(np.arange(len(names)), len(frame))
        rows = {
            key: np.concatenate([target[key] for target in found.values()])
            for key in ("x", "y", "heading")
        }
        frame = np.tile(frame, len(names))
    start, laid = raw_tracks.by_rows(path, frame, who, tuple(names), rows)
    heading = laid["heading"]
    return RawTrack(
        np.stack([laid["x"], laid["y"]], -1),
        start,
        heading if np.isfinite(heading).any() else None,
        names=tuple(names),
        rate=_rate(column["frame"], time),
    )


def _targets(path: Path, column: dict[str, np.ndarray]) -> dict[str, dict[str, np.ndarray]]:
    """Name -> x, y and heading (row,) of each target."""
    places: dict[str, dict[str, np.ndarray]] = {}
    for name in column:
        if (match := _TARGET.fullmatch(name)) is None:
            continue
        other = "y" + name[1:]
        if other not in column:
            raise UserError(f"{path}: has `{name}` without `{other}`; {_REMEDY}")
        part = _ENDS.get(match[2], match[2])
        places.setdefault(match[1], {})[part] = np.stack([column[name], column[other]])
    found = {}
    for name, parts in places.items():
        heading = np.full(len(column["frame"]), NAN)
        if {"_head", "_tail"} <= set(parts):
            x, y = parts["_head"] - parts["_tail"]
            heading = np.arctan2(y, x)
        place = parts[""] if "" in parts else np.mean(list(parts.values()), axis=0)
        found[name] = {"x": place[0], "y": place[1], "heading": heading}
    if not found:
        raise UserError(f"{path}: holds no target; {_REMEDY}")
    return found


def _rate(frame: np.ndarray, time: np.ndarray) -> float:
    """Frames a second: a video may have been tracked at a lower rate than it has."""
    known = np.isfinite(frame) & np.isfinite(time)
    if not known.any() or np.ptp(time[known]) < _LEAST_S:
        return NAN
    return float(np.ptp(frame[known]) / np.ptp(time[known]))
