"""How fast a leg swings: velocity from swing onset by body speed (paper: Figure 3c)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from leap_core.gait import speed_bins
from leap_core.gait.kinematics import Kinematics
from leap_core.gait.steps import counted, swings_and_stances

SWING_COLUMNS = {
    "recording": str,
    "leg": str,
    "swing": np.int64,
    "frame": np.int64,
    "time_ms": float,
    "velocity": float,
    "mean_speed": float,
    "units": str,
}
SWING = ["recording", "leg", "swing"]  # that a row belongs to
PROFILE_COLUMNS = {
    "speed_low": float,
    "speed_high": float,
    "units": str,
    "swings": np.int64,
    "time_ms": float,
    "n": np.int64,
    "velocity": float,
    "sd": float,
    "fit": float,
    "peak": float,
    "peak_ms": float,
}
TIME_BIN_MS = 5.0
MIN_SWINGS = 10  # speed bins and times with fewer have no profile


def swings(kinematic: Kinematics, recording: str, frame: np.ndarray) -> pd.DataFrame:
    """Tip velocity in every whole swing, one row per frame of forward movement.

    A swing's rows are the frames around its fastest in which the tip moves forward past the
    body, inside one walking bout; a forward movement that holds two swings is listed once.
    Columns: ``recording``, ``leg``, ``swing`` (number within the recording), ``frame``
    (in the video), ``time_ms`` since onset (the moment, interpolated between frames, at which
    the tip's velocity passes 0), ``velocity`` of the tip past the body, ``mean_speed`` (mean
    forward velocity of the body over those frames; NaN where unknown) and ``units`` of both.

    Args:
        kinematic: of the recording.
        recording: name.
        frame: (frame,) index in the video.
    """
    found, speed = [], kinematic.forward_velocity
    velocity = kinematic.tip_velocity.astype(float)
    for leg in range(len(kinematic.legs)):
        velocity[~counted(kinematic, leg), leg] = np.nan
        own = velocity[:, leg]
        done = -1  # one forward movement may hold two phases
        for phase in swings_and_stances(kinematic, leg):
            fastest = phase.start + int(np.argmax(own[phase.start : phase.stop]))
            if not (phase.swing and phase.whole and own[fastest] > 0):
                continue
            first, last = _forward_around(own, fastest)
            before = own[first - 1] if first else np.nan
            if first == done or not np.isfinite(before):  # its onset was not seen
                continue
            done = first
            onset = first - own[first] / (own[first] - before)
            found.append((leg, first, last, onset, float(np.mean(speed[first:last]))))
    legs, firsts, lasts, onsets, means = np.array(found, float).reshape(-1, 5).T
    lengths = (lasts - firsts).astype(int)
    which = np.repeat(np.arange(len(found)), lengths)
    rows = np.concatenate([np.arange(a, b) for _, a, b, *_ in found] or [np.zeros(0, int)])
    own_leg = legs.astype(int)[which]
    table = {
        "recording": recording,
        "leg": np.array(kinematic.legs, object)[own_leg],
        "swing": which,
        "frame": frame[rows],
        "time_ms": 1000 * (rows - onsets[which]) / kinematic.fps,
        "velocity": velocity[rows, own_leg],
        "mean_speed": means[which],
        "units": kinematic.units,
    }
    return pd.DataFrame(table, columns=list(SWING_COLUMNS)).astype(SWING_COLUMNS)


def _forward_around(velocity: np.ndarray, middle: int) -> tuple[int, int]:
    """Start and stop of the frames around ``middle`` with a velocity above 0."""
    first, last = middle, middle + 1
    while first > 0 and velocity[first - 1] > 0:
        first -= 1
    while last < len(velocity) and velocity[last] > 0:
        last += 1
    return first, last


def swing_profiles(
    table: pd.DataFrame | Callable[[float, float], pd.DataFrame],
    edges: tuple[float, ...] | None = None,
) -> pd.DataFrame:
    """Mean swing velocity against time from onset in bins of body speed, with a parabola each.

    The parabola starts from 0 at onset, as it does by definition, and is fitted by least
    squares to all rows up to the median duration of the bin's swings: later, only the longer
    ones are left.

    Args:
        table: rows of :func:`swings`, of any number of recordings, or what gives those of
            :func:`within` two speeds: many recordings need the memory of one speed bin then.
        edges: of the speed bins, mm/s; None = those that suit the speeds of the rows
            (:func:`leap_core.gait.speed_bins.edges`).  Swings in px/s belong to none.

    Returns:
        One row per speed bin and time bin of 5 ms with at least 10 swings: ``speed_low``,
        ``speed_high``, ``units``, ``swings`` (in the speed bin), ``time_ms``, ``n`` (swings
        there), ``velocity`` (mean), ``sd``, ``fit`` (NaN after the median duration), ``peak``
        of the parabola and its time ``peak_ms`` (NaN if it has no maximum).  Empty when nothing
        qualifies.
    """
    if edges is None:
        edges = speed_bins.edges(mean_speeds(table(0, np.inf) if callable(table) else table))
    parts = []
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        inside = table(low, high) if callable(table) else table[within(table, low, high)]
        ends = inside.groupby(SWING, sort=False, observed=True)["time_ms"].max()
        if len(ends) < MIN_SWINGS:
            continue
        last = float(ends.median())
        rise, bend = _parabola(inside[inside["time_ms"] <= last])
        peaked = bend < 0 < rise
        bins = np.floor(inside["time_ms"] / TIME_BIN_MS).astype(int)
        swing = inside.groupby(SWING, sort=False, observed=True).ngroup()
        velocity = inside["velocity"].groupby(bins)
        found = velocity.agg(velocity="mean", sd="std").assign(n=swing.groupby(bins).nunique())
        found = found[found["n"] >= MIN_SWINGS]
        time = (found.index.to_numpy(float) + 0.5) * TIME_BIN_MS
        parts.append(
            found.assign(
                speed_low=low,
                speed_high=high,
                units="mm/s",
                swings=len(ends),
                time_ms=time,
                fit=np.where(time <= last, rise * time + bend * time**2, np.nan),
                peak=-(rise**2) / (4 * bend) if peaked else np.nan,
                peak_ms=-rise / (2 * bend) if peaked else np.nan,
            )
        )
    if not parts:
        return pd.DataFrame(columns=list(PROFILE_COLUMNS)).astype(PROFILE_COLUMNS)
    out = pd.concat(parts, ignore_index=True)[list(PROFILE_COLUMNS)]
    return out.astype(PROFILE_COLUMNS)


def mean_speeds(table: pd.DataFrame) -> np.ndarray:
    """Body speed of every swing in mm/s, (swing,); swings in px/s are left out."""
    known = table[table["units"] == "mm/s"]
    return known.drop_duplicates(SWING)["mean_speed"].to_numpy(float)


def within(table: pd.DataFrame, low: float, high: float) -> pd.Series:
    """Which swings belong to a speed bin, (row,) bool."""
    speed = table["mean_speed"]
    return (table["units"] == "mm/s") & (speed >= low) & (speed < high)


def _parabola(rows: pd.DataFrame) -> tuple[float, float]:
    """Slope and curvature of the best parabola through 0: velocity = rise t + bend t^2."""
    time = rows["time_ms"].to_numpy(float)
    design = np.stack([time, time**2], axis=1)
    (rise, bend), *_ = np.linalg.lstsq(design, rows["velocity"].to_numpy(float), rcond=None)
    return float(rise), float(bend)
