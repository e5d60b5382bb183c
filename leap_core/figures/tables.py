"""From stored tables back to the arrays that figures draw."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from leap_core.config import Config
from leap_core.config.declared import Declared
from leap_core.containers import Gait, Labels
from leap_core.skeleton import Skeleton

if TYPE_CHECKING:
    import pandas as pd


def errors_from_table(table: pd.DataFrame, skeleton: Skeleton) -> np.ndarray:
    """Errors (sample, joint) px from tidy rows (sample, part, error_px); NaN = unlabeled."""
    samples = np.unique(table["sample"])
    errors = np.full((len(samples), len(skeleton)), np.nan)
    rows = np.searchsorted(samples, table["sample"])
    joints = [skeleton.index(part) for part in table["part"]]
    errors[rows, joints] = table["error_px"]
    return errors


def reference_sample(labels: Labels) -> int:
    """The most completely labeled image closest to the median pose."""
    known = np.isfinite(labels.positions).all(axis=2)
    best = np.flatnonzero(known.sum(axis=1) == known.sum(axis=1).max())
    typical = np.nanmedian(labels.positions, axis=0)
    distance = np.nanmean(np.linalg.norm(labels.positions[best] - typical, axis=2), axis=1)
    return int(best[np.argmin(distance)])


@dataclass(frozen=True)
class Walker:
    """What gait figures say of one recording beside what they draw.

    Attributes:
        recording, legs, states, velocity_units, speed_source, note: of its gait file.
        tips, seen: leg tips in all frames, and those that are known.
    """

    recording: str
    legs: list[str]
    states: list[str]
    velocity_units: str
    speed_source: str
    note: str
    tips: int
    seen: int


def walkers(gaits: Iterable[Gait]) -> list[Walker]:
    """Of all recordings; of a generator one gait file at a time is held."""
    return [
        Walker(
            gait.recording, list(gait.legs), list(gait.states), gait.velocity_units,
            gait.speed_source, gait.note, gait.valid.size, int(gait.valid.sum()),
        )
        for gait in gaits
    ]  # fmt: skip


def missing_tips(walkers: Iterable[Walker], settings: Config | Declared) -> str:
    """Small print of gait figures: the share of missing leg tips, and the dataset's remark."""
    walkers = list(walkers)
    missing = 1 - sum(w.seen for w in walkers) / sum(w.tips for w in walkers)
    limit = settings.poses.min_confidence
    text = f"{missing:.1%} of leg tips missing (confidence below {limit:g})"
    remark = settings.figures.remark
    return f"{text}\n{remark}" if remark else text
