"""From stored tables back to the arrays that figures draw."""

from __future__ import annotations

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


def missing_tips(gaits: list[Gait], settings: Config | Declared) -> str:
    """Small print of gait figures: the share of missing leg tips, and the dataset's remark."""
    missing = 1 - float(np.mean(np.concatenate([g.valid.ravel() for g in gaits])))
    limit = settings.poses.min_confidence
    text = f"{missing:.1%} of leg tips missing (confidence below {limit:g})"
    remark = settings.figures.remark
    return f"{text}\n{remark}" if remark else text
