"""Which leg steps when: strides, phases between legs, and how well tripods swing together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from leap_core.gait.kinematics import Kinematics
from leap_core.gait.legs import tripods_of
from leap_core.gait.steps import Phase, counted, main_mode, swings_and_stances

STRIDE_COLUMNS = {
    "recording": str,
    "leg": str,
    "start_frame": np.int64,
    "frames": np.int64,
    "duration_ms": float,
    "swing_ms": float,
    "mean_speed": float,
    "gait": str,
    "units": str,
}
PHASE_COLUMNS = {
    "recording": str,
    "leg": str,
    "other": str,
    "phase": float,
    "start_frame": np.int64,
    "frames": np.int64,
    "duration_ms": float,
    "mean_speed": float,
    "gait": str,
    "units": str,
}
TRIPOD_COLUMNS = {
    "recording": str,
    "tripod": str,
    "strength": float,
    "start_frame": np.int64,
    "frames": np.int64,
    "duration_ms": float,
    "together_ms": float,
    "mean_speed": float,
    "gait": str,
    "units": str,
}


def strides_of(phases: list[Phase]) -> list[tuple[int, int, int]]:
    """Whole strides: rows of a swing's onset, of touch-down, and of the next swing's onset."""
    found = []
    for swing, stance in zip(phases[:-1], phases[1:], strict=True):
        if swing.swing and swing.whole and stance.whole:
            found.append((swing.start, swing.stop, stance.stop))
    return found


def strides(
    kinematic: Kinematics, state: np.ndarray, states: list[str], recording: str, frame: np.ndarray
) -> pd.DataFrame:
    """One row per stride: from a leg's swing onset to its next, seen without a break.

    A stride lies inside one walking bout where walking is known.  Columns: ``recording``,
    ``leg``, ``start_frame`` (of the swing, in the video), ``frames``, ``duration_ms``,
    ``swing_ms`` (of it; the rest is stance), ``mean_speed``, ``gait`` and ``units`` as in
    :func:`leap_core.gait.steps.find_steps`, which also explains the arguments.
    """
    rows = []
    for leg, name in enumerate(kinematic.legs):
        for start, landing, stop in strides_of(swings_and_stances(kinematic, leg)):
            rows.append(
                (
                    recording,
                    name,
                    int(frame[start]),
                    stop - start,
                    1000 * (stop - start) / kinematic.fps,
                    1000 * (landing - start) / kinematic.fps,
                    float(np.mean(kinematic.forward_velocity[start:stop])),
                    main_mode(state[start:stop], states),
                    kinematic.units,
                )
            )
    return pd.DataFrame(rows, columns=list(STRIDE_COLUMNS)).astype(STRIDE_COLUMNS)


def phases(
    kinematic: Kinematics, strides: pd.DataFrame, recording: str, frame: np.ndarray
) -> pd.DataFrame:
    """When the other legs lift within a leg's stride: one row per lift-off.

    The phase of leg j in a stride of leg i is (onset of j's swing - onset of i's swing) /
    duration of i's stride: 0 = together, 0.5 = in alternation, always below 1.  Every lift-off
    counts once, also where two fall into one stride and none into the next: legs that step
    together but for a frame would lose strides otherwise.  Strides in which the other leg is
    not seen all the time give no phase.

    Args:
        kinematic: of the recording.
        strides: its table of :func:`strides`.
        recording: name.
        frame: (frame,) index in the video.

    Returns:
        Columns ``recording``, ``leg`` (whose stride it is), ``other``, ``phase``, and of the
        stride ``start_frame``, ``frames``, ``duration_ms``, ``mean_speed``, ``gait``,
        ``units``.
    """
    parts = []
    seen = [np.r_[0, np.cumsum(counted(kinematic, k))] for k in range(len(kinematic.legs))]
    lifts = []
    for k in range(len(kinematic.legs)):
        found = swings_and_stances(kinematic, k)
        lifts.append(np.array([p.start for p in found if p.swing and p.begins], int))
    for leg, name in enumerate(kinematic.legs):
        own = strides[strides["leg"] == name].reset_index(drop=True)
        start = np.searchsorted(frame, own["start_frame"])
        stop = start + own["frames"].to_numpy()
        for other, other_name in enumerate(kinematic.legs):
            if other == leg or not len(own):
                continue
            # from the frame before: else a lift-off at the very start could go unseen
            whole = seen[other][stop] - seen[other][start - 1] == stop - start + 1
            at = np.searchsorted(start, lifts[other], side="right") - 1
            hit = (at >= 0) & (lifts[other] < stop[at]) & whole[at]
            rows, onset = at[hit], lifts[other][hit]
            phase = (onset - start[rows]) / (stop - start)[rows]
            parts.append(own.iloc[rows].assign(other=other_name, phase=phase))
    if not parts:
        return pd.DataFrame(columns=list(PHASE_COLUMNS)).astype(PHASE_COLUMNS)
    return pd.concat(parts, ignore_index=True)[list(PHASE_COLUMNS)].astype(PHASE_COLUMNS)


def overlap(swings: list[tuple[int, int]]) -> tuple[int, int, int]:
    """First lift-off, last touch-down, and frames in which all swing, of some swings.

    >>> overlap([(2, 6), (3, 7), (2, 5)])
    (2, 7, 2)
    """
    first, last = min(a for a, _ in swings), max(b for _, b in swings)
    together = min(b for _, b in swings) - max(a for a, _ in swings)
    return first, last, max(together, 0)


def tripod_steps(kinematic: Kinematics, group: list[int]) -> Iterator[tuple[int, int, int]]:
    """Steps of one tripod: rows of first lift-off and last touch-down, frames all swing.

    A step is a swing of the middle leg with a whole stance before and after it.  Between the
    middles of these stances the other two legs swing once each; of several the swing nearest in
    time belongs to the step, and a leg that does not swing there makes 0 frames together.
    Steps in which a leg is not seen all the time, or a swing is cut, are left out.
    """
    found = [swings_and_stances(kinematic, leg) for leg in group]
    unseen = np.cumsum(~np.all([counted(kinematic, leg) for leg in group], axis=0))
    centers = [np.array([(p.start + p.stop) / 2 for p in leg if p.swing]) for leg in found]
    swings = [[p for p in leg if p.swing] for leg in found]
    middle = found[1]
    for before, swing, after in zip(middle[:-2], middle[1:-1], middle[2:], strict=True):
        if not (swing.swing and before.whole and after.whole):
            continue
        if unseen[after.stop - 1] > unseen[before.start]:
            continue
        low, high = (before.start + before.stop) / 2, (after.start + after.stop) / 2
        step, absent = [swing], False
        for k in (0, 2):
            first, last = np.searchsorted(centers[k], [low, high])
            distance = np.abs(centers[k][first:last] - (swing.start + swing.stop) / 2)
            if len(distance):
                step.append(swings[k][first + int(distance.argmin())])
            else:
                absent = True
        if not all(p.whole for p in step):
            continue
        first, last, together = overlap([(p.start, p.stop) for p in step])
        yield first, last, 0 if absent else together


def tripods(
    kinematic: Kinematics, state: np.ndarray, states: list[str], recording: str, frame: np.ndarray
) -> pd.DataFrame:
    """How well the legs of a tripod swing together: one row per step of each tripod.

    Tripod coordination strength (Wosnitza et al. 2013, J. Exp. Biol. 216): the time in which
    all three legs swing over the time from the first lift-off to the last touch-down; 1 =
    exactly together, 0 = never all three at once.  :func:`tripod_steps` tells which swings make
    a step.

    Returns:
        Columns ``recording``, ``tripod`` (its legs, joined by "-"), ``strength``,
        ``start_frame`` (first lift-off, in the video), ``frames`` and ``duration_ms`` (to the
        last touch-down), ``together_ms``, ``mean_speed``, ``gait`` and ``units``, as in
        :func:`leap_core.gait.steps.find_steps`, which also explains the arguments.  Empty for
        animals whose legs are not left and right front, middle and hind.
    """
    rows = []
    for group in tripods_of(kinematic.legs):
        name = "-".join(kinematic.legs[leg] for leg in group)
        for first, last, together in tripod_steps(kinematic, group):
            rows.append(
                (
                    recording,
                    name,
                    together / (last - first),
                    int(frame[first]),
                    last - first,
                    1000 * (last - first) / kinematic.fps,
                    1000 * together / kinematic.fps,
                    float(np.mean(kinematic.forward_velocity[first:last])),
                    main_mode(state[first:last], states),
                    kinematic.units,
                )
            )
    return pd.DataFrame(rows, columns=list(TRIPOD_COLUMNS)).astype(TRIPOD_COLUMNS)
