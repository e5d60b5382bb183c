"""What an animal does as tables of intervals of an NWB file: an ethogram."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from leap_core.containers import Behavior, Gait
from leap_core.export import nwb_file, shared
from leap_core.timeseries import require_fps

if TYPE_CHECKING:
    from pynwb import NWBFile

# name of a column -> its meaning
COLUMNS = {
    "start_time": "when its first frame begins, s from the first frame of the video",
    "stop_time": "when its last frame ends, s from the first frame of the video",
    "region": "number of the region on the behavior map",
    "label": "name of the region, its number where it has none",
    "far": "share of its frames that have no good neighbour among the training frames",
    "mode": "gait mode",
    "leg": "leg that stands",
}

Columns = dict[str, list[Any]]


def write_behavior(
    behavior: Behavior | None,
    gait: Gait | None,
    path: Path,
    names: Mapping[int, str] | None = None,
) -> list[str]:
    """Write what one animal does; returns what the format could not hold.

    ``intervals`` holds ``behavior_regions`` (region, label, far), and of gait ``walking``,
    ``gait_modes`` (mode) and ``stances`` (leg).  Each row begins with its first frame and stops
    where its last one ends, in seconds from the first frame of the video.  A frame that is missing
    ends it.  Of what there is none, there is no table.

    Args:
        behavior, gait: of one recording; one of them may be None.
        names: of regions.

    Raises:
        UserError: they are of two recordings, there is neither, the frame rate is unknown, or the
            file cannot be written.
    """
    first = shared.of_one_recording(behavior, gait, path)
    require_fps(first.fps, f"{path}: recording {first.recording}")
    tables: dict[str, tuple[str, Columns]] = {}
    lost = []
    if behavior is not None:
        tables["behavior_regions"] = ("stays in regions", _regions(behavior, names or {}))
        lost.append("places on the behavior map are not kept")
    if gait is not None:
        tables["walking"] = ("bouts of walking", _walking(gait))
        tables["gait_modes"] = ("stays in gait modes", _modes(gait))
        tables["stances"] = ("each leg's times on the floor", _stances(gait))
        lost.append("velocities and probabilities of gait modes are not kept")
    number = nwb_file.digest((first.recording, tables), ())
    file = nwb_file.new_file(first.recording, f"Behavior of {first.recording}.", number)
    for name, (what, columns) in tables.items():
        _add_table(file, name, what, columns)
    nwb_file.write(file, path, number)
    return [*lost, nwb_file.NO_DATE]


def _stays(frame: np.ndarray, state: np.ndarray, fps: float) -> tuple[np.ndarray, Columns]:
    """Runs of one state, none of them over a missing frame, and when they are.

    Args:
        frame: (row,) numbers in the video; state: (row,) whole numbers, negative = none.

    Returns:
        (run, 2) rows from, to (without); and the columns of their times.
    """
    if not len(frame):
        return np.zeros((0, 2), np.int64), {"start_time": [], "stop_time": []}
    cuts = np.flatnonzero((np.diff(state) != 0) | (np.diff(frame) != 1)) + 1
    ends = np.concatenate([[0], cuts, [len(frame)]])
    found = np.stack([ends[:-1], ends[1:]], 1)
    found = found[state[found[:, 0]] >= 0]
    start, stop = frame[found[:, 0]], frame[found[:, 1] - 1] + 1
    return found, {"start_time": (start / fps).tolist(), "stop_time": (stop / fps).tolist()}


def _regions(behavior: Behavior, names: Mapping[int, str]) -> Columns:
    state = np.where(behavior.region > 0, behavior.region, -1)
    found, columns = _stays(behavior.frame, state, behavior.fps)
    region = behavior.region[found[:, 0]].tolist()
    known = np.isfinite(behavior.reach)
    far = [float(behavior.far[a:b].mean()) if known else float("nan") for a, b in found]
    label = [names.get(each, str(each)) for each in region]
    return columns | {"region": region, "label": label, "far": far}


def _walking(gait: Gait) -> Columns:
    return _stays(gait.frame, np.where(gait.walking, 0, -1), gait.fps)[1]


def _modes(gait: Gait) -> Columns:
    found, columns = _stays(gait.frame, gait.state, gait.fps)
    return columns | {"mode": [str(gait.states[k]) for k in gait.state[found[:, 0]]]}


def _stances(gait: Gait) -> Columns:
    """Of all legs, in the order in which they begin."""
    every: list[tuple[float, float, str]] = []
    for leg, name in enumerate(gait.legs):
        stands = gait.valid[:, leg] & ~gait.swing[:, leg]
        found = _stays(gait.frame, np.where(stands, 0, -1), gait.fps)[1]
        every += [
            (*times, str(name))
            for times in zip(found["start_time"], found["stop_time"], strict=True)
        ]
    start, stop, leg_names = zip(*sorted(every), strict=True) if every else ((), (), ())
    return {"start_time": list(start), "stop_time": list(stop), "leg": list(leg_names)}


def _add_table(file: NWBFile, name: str, what: str, columns: Columns) -> None:
    """Add the intervals; none where there are none, since a table of nothing has no kinds."""
    from hdmf.common import VectorData
    from pynwb.epoch import TimeIntervals

    if columns["start_time"]:
        file.add_time_intervals(
            TimeIntervals(
                name=name,
                description=what,
                columns=[
                    VectorData(name=key, description=COLUMNS[key], data=values)
                    for key, values in columns.items()
                ],
            )
        )
