"""The table of walking bouts."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from leap_core.gait.kinematics import Kinematics
from leap_core.timeseries import runs

COLUMNS = {
    "recording": str,
    "start_frame": np.int64,
    "frames": np.int64,
    "duration_ms": float,
    "mean_speed": float,
    "steps": np.int64,
    "tripod_strength": float,
    "all_legs": float,
    "whole": bool,
    "units": str,
}


def share_column(state: str) -> str:
    """Name of the column with the share of a gait mode.

    >>> share_column("non-canonical")
    'share_non_canonical'
    """
    return "share_" + re.sub(r"\W+", "_", state)


def walking_bouts(
    kinematic: Kinematics,
    state: np.ndarray,
    states: list[str],
    recording: str,
    frame: np.ndarray,
    steps: pd.DataFrame,
    tripods: pd.DataFrame,
) -> pd.DataFrame:
    """One row per walking bout: an unbroken stretch of walking, however short.

    Columns: ``recording``, ``start_frame`` (in the video), ``frames``, ``duration_ms``,
    ``mean_speed``, ``steps`` (whole swings of all legs in it), ``tripod_strength`` (mean over
    its tripod steps; NaN without), ``all_legs`` (share of its frames in which every leg is
    seen), ``whole`` (False where the recording or the knowledge of
    speed begins or ends), ``units`` and ``share_<mode>``: of the frames with a mode, NaN
    without.  Empty where walking is unknown.

    Args:
        kinematic, state, states, recording, frame: as in :func:`leap_core.gait.steps.find_steps`.
        steps: table of :func:`leap_core.gait.steps.find_steps`.
        tripods: table of :func:`leap_core.gait.coordination.tripods`.
    """
    known = np.r_[False, np.isfinite(kinematic.forward_velocity), False]
    swings = steps[steps["whole"] & (steps["kind"] == "swing")]
    lifts = np.sort(np.searchsorted(frame, swings["start_frame"]))
    groups = np.searchsorted(frame, tripods["start_frame"])
    strength = tripods["strength"].to_numpy()
    rows = []
    for start, stop in runs(kinematic.walking):
        own = strength[(groups >= start) & (groups < stop)]
        modes = state[start:stop]
        counts = np.bincount(modes[modes >= 0], minlength=len(states))
        shares = counts / counts.sum() if counts.any() else np.full(len(states), np.nan)
        rows.append(
            (
                recording,
                int(frame[start]),
                stop - start,
                1000 * (stop - start) / kinematic.fps,
                float(np.mean(kinematic.forward_velocity[start:stop])),
                int(np.searchsorted(lifts, stop) - np.searchsorted(lifts, start)),
                float(np.mean(own)) if len(own) else np.nan,
                float(kinematic.valid[start:stop].all(axis=1).mean()),
                bool(known[start] and known[stop + 1]),
                kinematic.units,
                *shares,
            )
        )
    columns = COLUMNS | {share_column(name): float for name in states}
    return pd.DataFrame(rows, columns=list(columns)).astype(columns)
