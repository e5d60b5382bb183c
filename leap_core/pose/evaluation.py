"""How far predictions are from labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from leap_core.containers import Labels
from leap_core.errors import UserError
from leap_core.numerics import CLOSE_PX
from leap_core.pose import bootstrap
from leap_core.skeleton import Skeleton

if TYPE_CHECKING:
    import pandas as pd

BODY_SHARE = 0.03  # LEAP abstract: error below 3 % of body length
CURVE = np.arange(0, 15.01, 0.25)  # thresholds of the PCK curve, px or % of body length


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


def summary(errors: np.ndarray, body_length_px: float) -> dict[str, Any]:
    """Count, mean, RMSE and quantiles (px), shares below 2.5 px and below 3 % of body length.

    >>> summary(np.array([[1.0, 7.0, np.nan]]), 100.0)["rmse_px"]
    5.0
    """
    known = errors[np.isfinite(errors)]
    if not len(known):
        names = "mean_px median_px rmse_px p75_px p90_px p95_px median_pct_body"
        return {"n": 0} | dict.fromkeys([*names.split(), "within_2.5px", "within_3pct_body"])
    median, p75, p90, p95 = map(float, np.percentile(known, [50, 75, 90, 95]))
    scaled = np.isfinite(body_length_px)
    return {
        "n": int(len(known)),
        "mean_px": float(known.mean()),
        "median_px": median,
        "rmse_px": float(np.sqrt(np.mean(known**2))),
        "p75_px": p75,
        "p90_px": p90,
        "p95_px": p95,
        "median_pct_body": 100 * median / body_length_px if scaled else None,
        "within_2.5px": float(np.mean(known < CLOSE_PX)),
        "within_3pct_body": float(np.mean(known < BODY_SHARE * body_length_px)) if scaled else None,
    }


def metrics(
    errors: np.ndarray, skeleton: Skeleton, body_length_px: float, seed: int = 0, draws: int = 2000
) -> dict[str, Any]:
    """Summaries overall, per part group, per leg segment and per part, and PCK curves.

    ``interval`` holds 95 % intervals from ``draws`` resamplings of the images (null for one image).

    Args:
        errors: (sample, joint) px; NaN = unlabeled.

    Raises:
        UserError: nothing is labeled.
    """
    labeled = np.isfinite(errors).any(axis=1)
    if not labeled.any():
        raise UserError("evaluate: no labeled part to compare with; label some frames")
    errors = errors[labeled]
    counts = bootstrap.draw(len(errors), draws, seed)
    sets = {"overall": skeleton.parts} | skeleton.part_sets
    of_set = {k: errors[:, [skeleton.index(p) for p in parts]] for k, parts in sets.items()}
    found = {
        name: summary(values, body_length_px)
        | {"interval": bootstrap.intervals(values, counts, CLOSE_PX)}
        for name, values in of_set.items()
    }
    parts = {part: summary(errors[:, i], body_length_px) for i, part in enumerate(skeleton.parts)}
    scales = {"px": 1.0, "pct_body": 100 / body_length_px}
    return {
        "body_length_px": body_length_px,
        "samples": len(errors),
        "overall": found.pop("overall"),
        "groups": found,
        "parts": parts,
        "pck": {
            name: pck({k: scale * v for k, v in of_set.items()}, counts)
            for name, scale in scales.items()
            if np.isfinite(scale)
        },
    }


def pck(sets: dict[str, np.ndarray], counts: np.ndarray) -> dict[str, Any]:
    """Percentage of correct keypoints: share of labels nearer than each threshold, for each set.

    Args:
        sets: name -> errors (sample, joint) in the units of the thresholds; the first is all parts.
        counts: of :func:`bootstrap.draw`, for the 95 % band of the first set.

    Returns:
        ``threshold``, ``share`` of every set (null without labels), ``low`` and ``high``.
    """
    share = {}
    for name, values in sets.items():
        known = np.sort(values[np.isfinite(values)])
        nearer = np.searchsorted(known, CURVE, side="left")
        share[name] = np.round(nearer / len(known), 4) if len(known) else None
    near = (next(iter(sets.values()))[..., None] < CURVE).sum(axis=1)
    labels = np.isfinite(next(iter(sets.values()))).sum(axis=1)
    low, high = bootstrap.limits((counts @ near) / (counts @ labels)[:, None])
    band = {"low": low, "high": high}
    return {"threshold": CURVE, "share": share} | {k: np.round(v, 4) for k, v in band.items()}


def table(
    predicted: np.ndarray,
    labeled: np.ndarray,
    confidence: np.ndarray,
    samples: np.ndarray,
    skeleton: Skeleton,
) -> pd.DataFrame:
    """One tidy row per labeled part: sample, part, error_px, confidence, predicted and labeled px.

    Args:
        predicted, labeled: (sample, joint, xy) px; NaN = missing.
        confidence: (sample, joint) peak of the map.
        samples: (sample,) row of each in the labels file.
    """
    import pandas as pd

    errors = distances(predicted, labeled)
    row, joint = np.nonzero(np.isfinite(errors))
    columns = {"error_px": errors[row, joint], "confidence": confidence[row, joint]}
    for name, positions in (("", predicted), ("label_", labeled)):
        for k, axis in enumerate("xy"):
            columns[name + axis] = positions[row, joint, k]
    head = {"sample": samples[row], "part": np.array(skeleton.parts)[joint]}
    return pd.DataFrame(head | {k: v.astype(np.float32) for k, v in columns.items()})
