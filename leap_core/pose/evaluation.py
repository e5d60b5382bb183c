"""How far predictions are from labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from leap_core.containers import Labels
from leap_core.errors import UserError
from leap_core.skeleton import Skeleton

BODY_SHARE = 0.03  # LEAP abstract: error below 3 % of body length
CLOSE_PX = 2.5  # LEAP Results: share of parts within 2.5 px


def distances(predicted: np.ndarray, labeled: np.ndarray) -> np.ndarray:
    """Euclidean error (sample, joint) in px; NaN where either is missing."""
    return np.linalg.norm(np.asarray(predicted, float) - np.asarray(labeled, float), axis=-1)


def body_length(labels: Labels) -> float:
    """Median labeled distance between the two ends of the body axis, px; NaN when not labeled."""
    if not labels.skeleton.axis:
        return float("nan")
    tail, head = (labels.skeleton.index(p) for p in labels.skeleton.axis)
    lengths = distances(labels.positions[:, tail], labels.positions[:, head])
    return float(np.nanmedian(lengths)) if np.isfinite(lengths).any() else float("nan")


def summary(errors: np.ndarray, body_length_px: float) -> dict[str, float | int | None]:
    """n, mean, median, p90 (px), share below 2.5 px and below 3 % of body length."""
    known = errors[np.isfinite(errors)]
    if not len(known):
        keys = ("mean_px", "median_px", "p90_px", "within_2.5px", "within_3pct_body")
        return {"n": 0} | dict.fromkeys(keys)
    body = None
    if np.isfinite(body_length_px):
        body = float(np.mean(known < BODY_SHARE * body_length_px))
    return {
        "n": int(len(known)),
        "mean_px": float(known.mean()),
        "median_px": float(np.median(known)),
        "p90_px": float(np.percentile(known, 90)),
        "within_2.5px": float(np.mean(known < CLOSE_PX)),
        "within_3pct_body": body,
    }


def metrics(errors: np.ndarray, skeleton: Skeleton, body_length_px: float) -> dict[str, Any]:
    """Summaries overall, per group and per part; errors (sample, joint) px, NaN = unlabeled."""
    if not np.isfinite(errors).any():
        raise UserError("evaluate: no labeled part to compare with; label some frames")
    groups = {
        name: summary(errors[:, [skeleton.index(p) for p in parts]], body_length_px)
        for name, parts in skeleton.groups.items()
    }
    parts = {part: summary(errors[:, i], body_length_px) for i, part in enumerate(skeleton.parts)}
    return {
        "body_length_px": body_length_px,
        "samples": int(np.isfinite(errors).any(axis=1).sum()),
        "overall": summary(errors, body_length_px),
        "groups": groups,
        "parts": parts,
    }


def table(
    errors: np.ndarray, confidence: np.ndarray, samples: np.ndarray, skeleton: Skeleton
) -> pd.DataFrame:
    """One tidy row per labeled part: sample, part, error_px, confidence."""
    row, joint = np.nonzero(np.isfinite(errors))
    return pd.DataFrame(
        {
            "sample": samples[row],
            "part": np.array(skeleton.parts)[joint],
            "error_px": errors[row, joint].astype(np.float32),
            "confidence": confidence[row, joint].astype(np.float32),
        }
    )
