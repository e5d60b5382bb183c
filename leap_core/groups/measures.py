"""One number per recording and measure: what groups of recordings are compared by."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from leap_core.containers import Behavior, Dynamics, Gait, Poses
from leap_core.errors import UserError
from leap_core.timeseries import difference, odd_window, runs, smooth

COLUMNS = {
    "recording": str,
    "video": str,
    "unit": str,
    "group": str,
    "block": str,
    "family": str,
    "measure": str,
    "units": str,
    "circular": bool,
    "value": float,
    "events": np.int64,
}
OCCUPANCY, DWELL, TRANSITIONS = "occupancy", "dwell time", "transitions"
SPEED, STEPS, PHASES, COORDINATION = "speed", "steps", "phases", "coordination"
FAMILIES = (OCCUPANCY, DWELL, TRANSITIONS, SPEED, STEPS, PHASES, COORDINATION)
PATH_S = 0.2  # window over which the speed along the path is taken, s: jitter is no way


class Member(NamedTuple):
    """A recording in a comparison; ``block`` is "" where there are none."""

    recording: str
    video: str
    unit: str
    group: str
    block: str


class Measured(NamedTuple):
    """One measure of one recording: ``events`` (or frames) behind ``value``, NaN = unknown."""

    family: str
    measure: str
    units: str
    value: float
    events: int


def of_behavior(behavior: Behavior, dynamics: Dynamics) -> list[Measured]:
    """Share of each region in the frames that are in any, and how long a visit lasts.

    Args:
        behavior: of one recording.
        dynamics: of the same recording alone; its ``mean`` is that of the Kaplan-Meier curve.
    """
    regions = len(dynamics.whole)
    inside = np.bincount(behavior.region[behavior.region > 0], minlength=regions + 1)[1:]
    total = int(inside.sum())
    share = inside / total if total else np.full(regions, np.nan)
    found = []
    for k in range(regions):
        name = f"region {k + 1}"
        found.append(Measured(OCCUPANCY, name, "share", float(share[k]), total))
        visits = int(dynamics.whole[k])
        found.append(Measured(DWELL, name, "s", float(dynamics.mean[k]), visits))
    return found


def frequent(everyone: Sequence[Dynamics], min_events: int) -> list[tuple[int, int]]:
    """Pairs of regions, from 0, that follow each other ``min_events`` times in a mean recording.

    All recordings together tell, whatever their groups, so that the choice favours none.
    """
    counts = np.sum([one.counts for one in everyone], axis=0) / max(len(everyone), 1)
    return [(int(a), int(b)) for a, b in np.argwhere(counts >= min_events)]


def of_transitions(dynamics: Dynamics, pairs: Sequence[tuple[int, int]]) -> list[Measured]:
    """Probability of the next region, of pairs of regions; events are all ways out of the first."""
    out = dynamics.counts.sum(axis=1)
    return [
        Measured(TRANSITIONS, f"{a + 1} to {b + 1}", "probability",
                 float(dynamics.probability[a, b]), int(out[a]))
        for a, b in pairs
    ]  # fmt: skip


def of_path(poses: Poses) -> list[Measured]:
    """Mean speed along the path of the crops' centre, over all frames that are tracked.

    Nothing where the recording has no track of the body.
    """
    if not poses.tracked or poses.center is None:
        return []
    center = np.where(poses.valid[:, None], poses.center, np.nan).astype(float)
    window = odd_window(PATH_S, poses.fps)
    velocity = smooth(difference(center, poses.fps), np.full(window, 1 / window))
    speed = np.hypot(*velocity.T)
    known = speed[np.isfinite(speed)]
    scaled = np.isfinite(poses.px_per_mm)
    mean = known.mean() / (poses.px_per_mm if scaled else 1) if len(known) else np.nan
    return [
        Measured(SPEED, "along the path", "mm/s" if scaled else "px/s", float(mean), len(known))
    ]


def of_gait(gait: Gait) -> list[Measured]:
    """Share of frames walking, median speed in them, and the share of each gait mode.

    Events of the last two are walking bouts.  Nothing of walking where it is unknown.
    """
    known = int(np.isfinite(gait.forward_velocity).sum())
    if gait.walking_source.startswith("none"):
        return []
    walking, bouts = gait.walking, len(runs(gait.walking))
    share = walking.sum() / known if known else np.nan
    speed = np.median(gait.forward_velocity[walking]) if walking.any() else np.nan
    found = [
        Measured(SPEED, "share walking", "share", float(share), known),
        Measured(SPEED, "walking", gait.velocity_units, float(speed), bouts),
    ]
    moded = gait.state[gait.state >= 0]
    shares = np.bincount(moded, minlength=len(gait.states)) / max(len(moded), 1)
    for name, part in zip(gait.states, shares, strict=True):
        value = float(part) if len(moded) else np.nan
        found.append(Measured(COORDINATION, f"share {name}", "share", value, bouts))
    return found


def of_steps(
    gait: Gait, steps: pd.DataFrame, phases: pd.DataFrame, tripods: pd.DataFrame
) -> list[Measured]:
    """Mean durations of whole swings and stances, mean phases to the first leg, tripod strength.

    Args:
        gait: of one recording; names its legs.
        steps, phases, tripods: of the same recording, as the gait analysis wrote them.
    """
    found = []
    whole = steps[steps["whole"]]
    for leg in gait.legs:
        for kind in ("swing", "stance"):
            times = whole["duration_ms"][(whole["leg"] == leg) & (whole["kind"] == kind)]
            found.append(Measured(STEPS, f"{kind} {leg}", "ms", _mean(times), len(times)))
    first = gait.legs[0]
    own = phases[phases["leg"] == first]
    for leg in gait.legs[1:]:
        angles = own["phase"][own["other"] == leg].to_numpy(float)
        phase, concentration = mean_phase(angles)
        name = f"{leg} after {first}"
        found.append(Measured(PHASES, name, "cycles", phase, len(angles)))
        found.append(
            Measured(COORDINATION, f"concentration {name}", "0 to 1", concentration, len(angles))
        )
    for name in sorted(set(tripods["tripod"])):
        strength = tripods["strength"][tripods["tripod"] == name]
        found.append(
            Measured(COORDINATION, f"strength {name}", "0 to 1", _mean(strength), len(strength))
        )
    return found


def _mean(values: pd.Series) -> float:
    return float(values.mean()) if len(values) else float("nan")


def mean_phase(phases: np.ndarray) -> tuple[float, float]:
    """Circular mean, from 0 and below 1, and its concentration from 0 to 1; NaN without phases.

    The mean is NaN where the phases cancel.

    >>> mean_phase(np.array([0.95, 0.15]))[0].__round__(6)
    0.05
    """
    if not len(phases):
        return float("nan"), float("nan")
    mean = np.exp(2j * np.pi * phases).mean()
    if abs(mean) < 1e-6:
        return float("nan"), float(abs(mean))
    return float(np.round(np.angle(mean) / (2 * np.pi), 9) % 1), float(abs(mean))


def long_table(
    members: Sequence[Member], found: Sequence[Sequence[Measured]], min_events: int
) -> pd.DataFrame:
    """All measures of all recordings, one row each, complete; NaN = unknown.

    A recording with fewer than ``min_events`` events gives no value.  Where any recording's
    speed is in mm/s, those in px/s are left out: pixels of different scales are not one measure.

    Args:
        members: recordings, in the order in which groups are named.
        found: of each of them.

    Returns:
        Columns :data:`COLUMNS`, by family, measure and recording.

    Raises:
        UserError: the recordings have nothing that could be compared.
    """
    kept = {
        (member.recording, m.family, m.measure): m
        for member, ms in zip(members, found, strict=True)
        for m in ms
    }
    named = list(dict.fromkeys((m.family, m.measure) for ms in found for m in ms))
    named.sort(key=lambda name: FAMILIES.index(name[0]))
    if not named:
        raise UserError(
            "groups: no recording has regions, steps or a path; remove `group` from the videos"
        )
    rows = []
    for family, measure in named:
        own = [kept.get((member.recording, family, measure)) for member in members]
        seen = {m.units for m in own if m}
        units = "mm/s" if "mm/s" in seen else min(seen)
        for member, m in zip(members, own, strict=True):
            enough = m is not None and m.units == units and m.events >= min_events
            value = m.value if m is not None and enough else np.nan
            events = m.events if m is not None else 0
            rows.append((*member, family, measure, units, family == PHASES, value, events))
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)


def read(path: str | Path) -> pd.DataFrame:
    """A table that :func:`long_table` gave, from its CSV; words such as "NA" stay words."""
    return pd.read_csv(path, keep_default_na=False, na_values={"value": [""]}, dtype=COLUMNS)
