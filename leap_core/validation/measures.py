"""The measures of :data:`leap_core.validation.keys.KEYS`, pooled over recordings.

NaN says that the truth offers nothing to compare (no walking, no wing grooming, no gait stage);
where it does and the estimate is missing, the estimate is wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from leap_core.numerics import calibration_error
from leap_core.validation.tally import Tally, middle

RARE = 0.02  # behaviors with no larger share of the frames need no region of their own
PURE = 0.8  # a wing's own region: at least this share of its one-sided frames is that side's


def measure(found: Tally) -> dict[str, float]:
    """Value of every key, over all frames of all recordings counted."""
    values: dict[str, float] = {}
    for part in (posture, naming, stepping, modes, mapping):
        values |= part(found)
    return values


def posture(found: Tally) -> dict[str, float]:
    """Where parts and heading are.

    ``frames_with_pose``: valid frames of the poses over all frames of the truth in which the animal
    touches no other; ``contact_with_pose``: the same of those in which it does.  ``pose_*``:
    distance of a part from its true place in the crop, over all parts of the valid frames,
    whatever their confidence.  ``confidence_error``: expected calibration error of confidence, the
    probability that a part is within 2.5 px (of the crop).  ``far_doubted``, ``near_doubted``: of
    parts off by more than 5 px, and of those within 2.5 px of the crop, the share that is called
    doubtful.  ``tail_base_within_5px``: of all frames of animals with a tail, those
    in which the poses have its base within 5 px.  ``heading_*``: of the frames in which the animal
    was tracked.
    """
    within, close, parts = found.errors
    return {
        "frames_with_pose": _share(*found.frames),
        "contact_with_pose": _share(*found.contact),
        "pose_median_px": found.middle_error,
        "pose_within_5px": _share(within, parts),
        "pose_within_2_5px": _share(close, parts),
        "confidence_error": calibration_error(found.sure),
        "far_doubted": _share(*found.doubted[0]),
        "near_doubted": _share(*found.doubted[1]),
        "tail_base_within_5px": _share(*found.bases),
        "heading_median_deg": middle(found.angles),
        "heading_flips": float(np.sum(found.angles > 90)) if len(found.angles) else np.nan,
    }


def naming(found: Tally) -> dict[str, float]:
    """Who is who in videos of several animals.

    ``swaps_apart``: names exchanged with no contact in between.  ``swaps_contact_per_min``: through
    a contact, by the minutes of contact.  Each video counts once.
    """
    names = found.names
    minutes = sum(n.minutes for n in names)
    return {
        "swaps_apart": float(sum(n.apart for n in names)) if names else np.nan,
        "swaps_contact_per_min": sum(n.contact for n in names) / minutes if minutes else np.nan,
    }


def stepping(found: Tally) -> dict[str, float]:
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
    return {
        "speed_error_mm_s": middle(found.speed),
        "stance_accuracy": _share(*found.right),
        "stance_accuracy_turn": _share(*found.turning),
        "walking_false": _share(*found.false),
        "swing_duration_bias_frames": _worst_bias(found.lengths, "swing"),
        "stance_duration_bias_frames": _worst_bias(found.lengths, "stance"),
        "leg_frequency_error_hz": middle(found.bouts),
    }


def modes(found: Tally) -> dict[str, float]:
    """Gait modes by name, in the frames in which the truth has one and walks.

    ``gait_accuracy``: share with the true name; a frame without a mode is wrong.
    ``gait_missing``: share without a mode.
    """
    right, missing, frames = found.modes
    return {"gait_accuracy": _share(right, frames), "gait_missing": _share(missing, frames)}


def mapping(found: Tally) -> dict[str, float]:
    """How the map's regions and the true behaviors agree.

    ``behavior_nmi``: mutual information over the mean of both entropies; frames between regions
    are a class of their own, and so are frames without data.  ``behavior_own_region``: of the
    behaviors with more than 2 % of the frames those that are the commonest in the region that
    holds most of them.  ``left_right_wing_apart``: the
    main regions of both wings' behaviors differ, and in each at least 0.8 of the frames of either
    are those of its own side; a side's frames without data count as if the other's.
    """
    frames = found.regions.total()
    lost, between = (sum(n for (_, at), n in found.regions.items() if at == k) for k in (-1, 0))
    nmi = np.nan
    if frames:
        # without a single frame on the map nothing is known, not even of a single behavior
        nmi = _mutual(found.regions) if lost < frames else 0.0
    table = behaviors(found.regions, found.behaviors)
    shown = table[table["share"] > RARE]
    own = int((shown["own_region"] == "yes").sum())
    return {
        "behavior_nmi": float(nmi),
        "behavior_no_data": _share(lost, frames),
        "behavior_between": _share(between, frames),
        "behavior_own_region": _share(own, len(shown)),
        "left_right_wing_apart": _wings_apart(found.regions, table),
    }


def _mutual(counts: Counter[tuple[str, int]]) -> float:
    """Normalized mutual information of behaviors and regions, from the frames of each pair."""
    from scipy.sparse import csr_array
    from sklearn.metrics import mutual_info_score

    named = [np.unique([key[k] for key in counts]) for k in (0, 1)]
    if all(len(names) == 1 for names in named):
        return 1.0
    at = [np.searchsorted(names, [key[k] for key in counts]) for k, names in enumerate(named)]
    table = csr_array((list(counts.values()), tuple(at)))
    shared = mutual_info_score(None, None, contingency=table)
    if shared == 0:
        return 0.0
    return float(shared / np.mean([_entropy(table.sum(axis=k)) for k in (1, 0)]))


def _entropy(counts: np.ndarray) -> float:
    """In nats."""
    counts = np.asarray(counts, float)
    return float(-np.sum(counts / counts.sum() * (np.log(counts) - np.log(counts.sum()))))


def behaviors(found: Counter[tuple[str, int]], names: Sequence[str]) -> pd.DataFrame:
    """One row per true behavior.

    Columns: ``behavior``; ``share`` of all frames; ``main_region``, which holds most of its frames
    (0 = none); ``recall``, the share of its frames there, those without data counted as not
    there; ``precision``, its share of that region's frames; ``own_region``, "yes" where it is
    commoner there than every other.

    Args:
        found: frames of each behavior in each region, as in :class:`Tally`.
        names: of the behaviors.
    """
    most = max((region for _, region in found), default=0)
    counts = np.zeros((len(names), max(most, 0) + 2), int)  # no data, between, ...
    for (name, region), count in found.items():
        counts[names.index(name), region + 1] = count
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


def _wings_apart(counts: Counter[tuple[str, int]], table: pd.DataFrame) -> float:
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
            mine, other = (counts[name, int(main[own])] for name in (own, *set(pair) - {own}))
            if mine < PURE * (mine + other + counts[own, -1]) or not main[own]:
                return 0.0
    return 1.0


def _share(some: int, all: int) -> float:
    return float(some / all) if all else np.nan


def _worst_bias(lengths: dict[tuple[str, str], np.ndarray], phase: str) -> float:
    """Of the behaviors with true phases, the difference of means that is furthest from 0."""
    biases = [
        float(total / number - true_total / true_number) if number else np.inf
        for (kind, _), (total, number, true_total, true_number) in lengths.items()
        if kind == phase and true_number
    ]
    return max(biases, key=abs, default=np.nan)
