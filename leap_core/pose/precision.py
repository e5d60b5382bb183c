"""Which confidence to ask for: the peak value of a map against the error of its position."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

FEWEST_KEPT = 20  # kept labels without which a precision is chance
THRESHOLD_STEP = 0.02  # of the curve's thresholds


def report(
    errors: np.ndarray, confidence: np.ndarray, wanted: Sequence[float], close_px: float
) -> dict[str, Any]:
    """Lowest confidence thresholds for wanted precisions, and the whole curve.

    Precision is the share of kept labels (confidence at or above the threshold) whose error is
    below ``close_px``.

    Args:
        errors, confidence: of the same shape; NaN = unlabeled.
        wanted: precisions, 0 to 1.

    Returns:
        ``wanted``: for each the ``threshold``, the ``precision`` there, ``kept`` (share of all
        labels) and ``n`` kept; null where no threshold that keeps 20 labels reaches it.
        ``curve``: ``threshold`` 0, 0.02, ..., with ``precision`` (null: nothing kept) and ``kept``.
    """
    known = np.isfinite(errors) & np.isfinite(confidence)
    order = np.argsort(confidence[known], kind="stable")
    value = confidence[known][order]
    good = errors[known][order] < close_px
    n = np.arange(len(value), 0, -1)  # kept, if the threshold is this value
    precision = np.cumsum(good[::-1])[::-1] / n
    # labels of equal confidence go together
    usable = np.r_[True, np.diff(value) > 0] & (n >= min(FEWEST_KEPT, len(n))) if len(n) else good
    rows = [_lowest(share, value, precision, n, usable) for share in wanted]
    grid = np.arange(0, value.max(initial=0) + THRESHOLD_STEP, THRESHOLD_STEP)
    first = np.searchsorted(value, grid, side="left")
    at = np.where(first < len(n), np.r_[precision, np.nan][first], np.nan)
    curve = {"threshold": grid, "precision": at, "kept": np.r_[n, 0][first] / max(1, len(n))}
    return {
        "close_px": close_px,
        "wanted": rows,
        "curve": {name: np.round(v, 4) for name, v in curve.items()},
    }


def _lowest(share: float, value, precision, n, usable) -> dict[str, float | int | None]:
    reached = np.flatnonzero(usable & (precision >= share))
    if not len(reached):
        return {"wanted": share} | dict.fromkeys(("threshold", "precision", "kept", "n"))
    k = reached[0]
    return {
        "wanted": share,
        "threshold": float(value[k]),
        "precision": float(precision[k]),
        "kept": float(n[k] / len(n)),
        "n": int(n[k]),
    }
