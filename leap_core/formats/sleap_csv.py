"""SLEAP's analysis CSV: a line for every animal in every frame."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from leap_core.errors import UserError
from leap_core.formats import sheets
from leap_core.formats.raw_poses import HIGHEST_FRAME
from leap_core.io.untrusted import reading

EXPORT = "export it again from SLEAP"
FRAME, TRACK, WHOLE, VIDEO = "frame_idx", "track", "instance.score", "video"


def read(path: Path) -> tuple[np.ndarray, int, tuple[str, ...], list[str]]:
    """(track, frame, node, x y score), number of the first frame, names of nodes and of tracks.

    Scores are NaN where the file has none.

    Raises:
        UserError: no such table, several videos, an animal without track among others, or one
            that is there twice in a frame.
    """
    import pandas as pd  # slow to import, and only this format needs it

    head = sheets.read(path, 1)
    columns = head.lines[0] if head.lines else []
    if FRAME not in columns:
        raise UserError(
            f"{path}: neither a SLEAP project nor its analysis file (.h5, .csv); {EXPORT}, or "
            "check `poses` in the config"
        )
    mark = head.separator
    with reading(path, "table of SLEAP", EXPORT):
        table = pd.read_csv(
            path,
            sep=mark,
            decimal="." if mark == "," else ",",
            encoding="utf-8-sig",
            dtype={TRACK: str},
        )
    if VIDEO in table and table[VIDEO].nunique() > 1:
        raise UserError(f"{path}: holds {table[VIDEO].nunique()} videos; export one file for each")
    points = [c for c in table if c.endswith((".x", ".y", ".score")) and c != WHOLE]
    parts = tuple(dict.fromkeys(column.rsplit(".", 1)[0] for column in points))
    if not len(table) or not parts:
        raise UserError(f"{path}: holds no animals; export the predictions")
    numbers = {}
    for column in (FRAME, *points):
        numbers[column] = pd.to_numeric(table[column], errors="coerce").to_numpy(float)
        bad = np.isnan(numbers[column]) & (table[column].notna().to_numpy() | (column == FRAME))
        if bad.any():
            row = np.flatnonzero(bad)[0]
            cell = str(table[column].iloc[row])
            raise UserError(f"{path}: row {row}, {column}: {cell!r} is not a number; mend it")
    for part in parts:
        if not {f"{part}.x", f"{part}.y"} <= set(points):
            raise UserError(f"{path}: node {part!r} has no column .x or .y; {EXPORT}")
    frame = numbers[FRAME]
    if (frame != np.round(frame)).any() or frame.min() < 0 or frame.max() > HIGHEST_FRAME:
        raise UserError(f"{path}: its {FRAME} are not the numbers 0, 1, 2, ...; {EXPORT}")
    at = (frame - frame.min()).astype(int)
    track = table[TRACK].fillna("") if TRACK in table else pd.Series([""] * len(table))
    names = list(dict.fromkeys(track))
    who = np.array([names.index(name) for name in track])
    times = np.zeros((len(names), at.max() + 1), int)
    np.add.at(times, (who, at), 1)
    if (times > 1).any():
        k, j = np.argwhere(times > 1)[0]
        name = f"track {names[k]!r}" if names[k] else "an animal without track"
        raise UserError(
            f"{path}: {name} is there {times[k, j]} times in frame {j + int(frame.min())}; track "
            "the animals in SLEAP and export it again"
        )
    out = np.full((*times.shape, len(parts), 3), np.nan)
    for k, part in enumerate(parts):
        for axis, name in enumerate(("x", "y", "score")):
            if f"{part}.{name}" in numbers:
                out[who, at, k, axis] = numbers[f"{part}.{name}"]
    return out, int(frame.min()), parts, names
