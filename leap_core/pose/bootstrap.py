"""How sure an accuracy is: 95 % intervals from resampled images.

Labels of one image are not independent (one bad pose spoils many parts), so whole images are drawn
again, not labels (the cluster bootstrap of Davison & Hinkley 1997, section 3.8).
"""

from __future__ import annotations

import numpy as np

BLOCK_VALUES = 1 << 22  # numbers in memory at once


def draw(samples: int, draws: int, seed: int) -> np.ndarray:
    """How often each image is in each resampling, (draw, sample); every row sums to ``samples``."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(samples, np.full(samples, 1 / samples), size=draws)


def limits(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """2.5 and 97.5 % quantile over the first axis; draws without any label (NaN) do not count."""
    low, high = np.nanpercentile(values, [2.5, 97.5], axis=0)
    return low, high


def intervals(
    errors: np.ndarray, counts: np.ndarray, close_px: float
) -> dict[str, list[float] | None]:
    """95 % intervals of median and mean (px) and of the share of labels nearer than ``close_px``.

    Args:
        errors: (sample, joint) px; NaN = unlabeled.
        counts: (draw, sample) of :func:`draw`.

    Returns:
        [low, high] of each; None where fewer than two images have a label.
    """
    known = np.isfinite(errors)
    names = ("median_px", "mean_px", "within_2.5px")
    if known.any(axis=1).sum() < 2:
        return dict.fromkeys(names)
    with np.errstate(invalid="ignore", divide="ignore"):
        labels = counts @ known.sum(axis=1)
        means = counts @ np.nansum(errors, axis=1) / labels
        shares = counts @ (errors < close_px).sum(axis=1) / labels
    found = (medians(errors, counts), means, shares)
    return {n: [float(v) for v in limits(f)] for n, f in zip(names, found, strict=True)}


def medians(errors: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Median error (draw,) of every resampling; NaN in one without labels.

    >>> medians(np.array([[1.0, 2.0], [5.0, np.nan]]), np.array([[1, 1], [2, 0], [0, 0]]))
    array([2. , 1.5, nan])
    """
    sample, joint = np.nonzero(np.isfinite(errors))
    order = np.argsort(errors[sample, joint], kind="stable")
    sample, value = sample[order], errors[sample, joint][order]
    out = np.full(len(counts), np.nan)
    step = max(1, BLOCK_VALUES // max(1, len(value)))
    for start in range(0, len(counts), step):
        # the errors in order, each as often as its image was drawn: the middle ones are wanted
        upto = np.cumsum(counts[start : start + step, sample], axis=1, dtype=np.int32)
        total = upto[:, -1:]
        lower, upper = ((upto > k).argmax(axis=1) for k in ((total - 1) // 2, total // 2))
        middle = (value[lower] + value[upper]) / 2
        out[start : start + step] = np.where(total[:, 0] > 0, middle, np.nan)
    return out
