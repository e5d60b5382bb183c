"""The measures of :data:`leap_core.validation.keys.KEYS`, pooled over recordings.

NaN says that the truth offers nothing to compare (no walking, no wing grooming, no gait stage);
where it does and the estimate is missing, the estimate is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from leap_core.numerics import CLOSE_PX
from leap_core.timeseries import runs
from leap_core.validation.recording import Recording, lift_offs, whole_phases

SHORTEST_BOUT_S = 0.5  # bouts that are long enough for a step frequency
RARE = 0.02  # behaviors with no larger share of the frames need no region of their own
PURE = 0.8  # a wing's own region: at least this share of its one-sided frames is that side's


def measure(recordings: Sequence[Recording]) -> dict[str, float]:
    """Value of every key, over all frames of all ``recordings`` together."""
    values: dict[str, float] = {}
    for part in (posture, naming, stepping, modes, mapping):
        values |= part(recordings)
    return values


def posture(recordings: Sequence[Recording]) -> dict[str, float]:
    """Where parts and heading are.

    ``frames_with_pose``: valid frames of the poses over all frames of the truth in which the animal
    touches no other; ``contact_with_pose``: the same of those in which it does.  ``pose_*``:
    distance of a part from its true place in the crop, over all parts of the valid frames,
    whatever their confidence.  ``tail_base_within_5px``: of all frames of animals with a tail,
    those in which the poses have its base within 5 px.  ``heading_*``: of the frames in which the
    animal was tracked.
    """
    errors = _pooled([r.pose_errors().ravel() for r in recordings])
    angles = _pooled([r.heading_errors() for r in recordings])
    bases = _pooled([r.tail_base_errors() for r in recordings if r.tailed])
    valid = _pooled([r.spread(r.poses.frame, np.asarray(r.poses.valid), False) for r in recordings])
    contact = _pooled([r.touching for r in recordings]).astype(bool)
    return {
        "frames_with_pose": _share(valid[~contact]),
        "contact_with_pose": _share(valid[contact]),
        "pose_median_px": _median(errors),
        "pose_within_5px": _share(errors <= 5),
        "pose_within_2_5px": _share(errors <= CLOSE_PX),
        "tail_base_within_5px": _share(bases <= 5),
        "heading_median_deg": _median(angles),
        "heading_flips": float(np.sum(angles > 90)) if len(angles) else np.nan,
    }


def naming(recordings: Sequence[Recording]) -> dict[str, float]:
    """Who is who in videos of several animals.

    ``swaps_apart``: names exchanged with no contact in between.  ``swaps_contact_per_min``: through
    a contact, by the minutes of contact.  Each video counts once.
    """
    names = list({id(r.names): r.names for r in recordings if r.names is not None}.values())
    minutes = sum(n.minutes for n in names)
    return {
        "swaps_apart": float(sum(n.apart for n in names)) if names else np.nan,
        "swaps_contact_per_min": sum(n.contact for n in names) / minutes if minutes else np.nan,
    }


def stepping(recordings: Sequence[Recording]) -> dict[str, float]:
    """Speed and steps while the animal truly walks.

    ``speed_error_mm_s``: median absolute error of forward velocity; frames without a measured
    one are infinitely wrong.  ``stance_accuracy``: leg-frames; a missing leg tip is wrong;
    ``stance_accuracy_turn``: the same in turns.  ``walking_false``: share of the frames in which
    the animal truly stands or grooms that are called walking.  ``*_duration_bias_frames``: mean
    measured minus mean true duration of the phases of each leg that begin and end within a bout
    of one walking behavior; of these behaviors the worst, so that slow and fast do not cancel.
    ``leg_frequency_error_hz``: lift-offs per second in each walking bout of at least 0.5 s,
    absolute error of each leg, mean over legs; median over bouts.
    """
    speed, right, turning, false, bouts = [], [], [], [], []
    lengths: dict[tuple[str, str], tuple[list[int], list[int]]] = {}  # measured, true
    for recording in (r for r in recordings if r.gait is not None):
        truth, walking = recording.truth, recording.walking
        error = np.abs(recording.forward_velocity() - truth.forward_velocity)[walking]
        speed.append(np.where(np.isnan(error), np.inf, error))
        swing, known = recording.swing()
        correct = (swing != truth.stance) & known
        right.append(correct[walking].ravel())
        turning.append(correct[recording.turning].ravel())
        false.append(recording.called_walking()[recording.still])
        for index, name in enumerate(truth.behaviors):
            within = walking & (truth.behavior == index)
            for leg in range(len(truth.legs)) if within.any() else ():
                measured = whole_phases(swing[:, leg], within & known[:, leg])
                true = whole_phases(~truth.stance[:, leg], within)
                for phase, some, all_true in zip(("swing", "stance"), measured, true, strict=True):
                    pooled = lengths.setdefault((phase, name), ([], []))
                    pooled[0].extend(some)
                    pooled[1].extend(all_true)
        for start, stop in runs(walking):
            seconds = (stop - start) / truth.fps
            if seconds >= SHORTEST_BOUT_S:
                bout = slice(start, stop)
                found = lift_offs(swing[bout], known[bout])
                real = lift_offs(~truth.stance[bout], np.ones_like(known[bout]))
                bouts.append(np.abs(found - real).mean() / seconds)
    return {
        "speed_error_mm_s": _median(_pooled(speed)),
        "stance_accuracy": _share(_pooled(right)),
        "stance_accuracy_turn": _share(_pooled(turning)),
        "walking_false": _share(_pooled(false)),
        "swing_duration_bias_frames": _worst_bias(lengths, "swing"),
        "stance_duration_bias_frames": _worst_bias(lengths, "stance"),
        "leg_frequency_error_hz": _median(np.array(bouts)),
    }


def modes(recordings: Sequence[Recording]) -> dict[str, float]:
    """Gait modes by name, in the frames in which the truth has one and walks.

    ``gait_accuracy``: share with the true name; a frame without a mode is wrong.
    ``gait_missing``: share without a mode.
    """
    true, found = _names(recordings)
    return {"gait_accuracy": _share(true == found), "gait_missing": _share(found == "")}


def _names(recordings: Sequence[Recording]) -> tuple[np.ndarray, np.ndarray]:
    """True and measured gait mode by name, in truly walking frames that have a true one."""
    pairs = []
    for recording in (r for r in recordings if r.gait is not None):
        true, found = recording.gaits()
        here = recording.walking & (true != "")
        pairs.append((true[here], found[here]))
    return _pooled([p[0] for p in pairs], str), _pooled([p[1] for p in pairs], str)


def mapping(recordings: Sequence[Recording]) -> dict[str, float]:
    """How the map's regions and the true behaviors agree.

    ``behavior_nmi``: mutual information over the mean of both entropies; frames between regions
    are a class of their own, and so are frames without data.  ``behavior_own_region``: of the
    behaviors with more than 2 % of the frames those that are the commonest in the region that
    holds most of them.  ``left_right_wing_apart``: the
    main regions of both wings' behaviors differ, and in each at least 0.8 of the frames of either
    are those of its own side; a side's frames without data count as if the other's.
    """
    from sklearn.metrics import normalized_mutual_info_score

    behavior, region = _pairs(recordings)
    nmi = np.nan
    if len(region):
        # without a single frame on the map nothing is known, not even of a single behavior
        known = (region >= 0).any()
        nmi = normalized_mutual_info_score(behavior, region) if known else 0.0
    table = behaviors(recordings)
    shown = table[table["share"] > RARE]
    return {
        "behavior_nmi": float(nmi),
        "behavior_no_data": _share(region < 0),
        "behavior_between": _share(region == 0),
        "behavior_own_region": _share(shown["own_region"].to_numpy() == "yes"),
        "left_right_wing_apart": _wings_apart(behavior, region, table),
    }


def behaviors(recordings: Sequence[Recording]) -> pd.DataFrame:
    """One row per true behavior.

    Columns: ``behavior``; ``share`` of all frames; ``main_region``, which holds most of its frames
    (0 = none); ``recall``, the share of its frames there, those without data counted as not
    there; ``precision``, its share of that region's frames; ``own_region``, "yes" where it is
    commoner there than every other.
    """
    names = list(dict.fromkeys(n for r in recordings for n in r.truth.behaviors))
    behavior, region = _pairs(recordings)
    counts = np.zeros((len(names), int(region.max(initial=0)) + 2), int)  # no data, between, ...
    for row, name in enumerate(names):
        counts[row] = np.bincount(region[behavior == name] + 1, minlength=counts.shape[1])
    rows = []
    for row, name in enumerate(names):
        total, inside = counts[row].sum(), counts[row, 2:]
        main = int(inside.argmax()) + 1 if inside.any() else 0
        held = counts[:, main + 1] if main else np.zeros(len(names), int)
        commonest = held[row] > np.delete(held, row).max(initial=0)
        rows.append(
            {
                "behavior": name,
                "share": total / max(counts.sum(), 1),
                "main_region": main,
                "recall": held[row] / total if total else np.nan,
                "precision": held[row] / held.sum() if main else np.nan,
                "own_region": "yes" if commonest else "no",
            }
        )
    columns = ("behavior", "share", "main_region", "recall", "precision", "own_region")
    return pd.DataFrame(rows, columns=columns)


def _pairs(recordings: Sequence[Recording]) -> tuple[np.ndarray, np.ndarray]:
    """True behavior by name and region number of every frame of the truth."""
    names = [np.array(r.truth.behaviors)[r.truth.behavior] for r in recordings]
    return _pooled(names, str), _pooled([r.regions() for r in recordings], int)


def _wings_apart(behavior: np.ndarray, region: np.ndarray, table: pd.DataFrame) -> float:
    names = [n for n in table.loc[table["share"] > 0, "behavior"] if "wing" in n]
    sides = [(n, n.replace("left", "right")) for n in names if "left" in n]
    sides = [pair for pair in sides if pair[1] in names]
    if not sides:
        return np.nan
    main = table.set_index("behavior")["main_region"]
    for pair in sides:
        if main[pair[0]] == main[pair[1]]:
            return 0.0
        for own in pair:
            there = region == main[own]
            mine, both = there & (behavior == own), there & np.isin(behavior, pair)
            lost = (region < 0) & (behavior == own)
            if mine.sum() < PURE * (both.sum() + lost.sum()) or not main[own]:
                return 0.0
    return 1.0


def _pooled(parts: list[np.ndarray], dtype=float) -> np.ndarray:
    return np.concatenate(parts) if parts else np.zeros(0, dtype)


def _median(values: np.ndarray) -> float:
    return float(np.median(values)) if len(values) else np.nan


def _share(which: np.ndarray) -> float:
    return float(np.mean(which)) if len(which) else np.nan


def _worst_bias(lengths: dict[tuple[str, str], tuple[list[int], list[int]]], phase: str) -> float:
    """Of the behaviors with true phases, the difference of means that is furthest from 0."""
    biases = [
        float(np.mean(found) - np.mean(true)) if found else np.inf
        for (kind, _), (found, true) in lengths.items()
        if kind == phase and true
    ]
    return max(biases, key=abs, default=np.nan)
