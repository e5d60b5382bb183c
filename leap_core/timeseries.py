"""Series over frames: stretches, gaps, smoothing and frame rates.

The frame axis comes first, and NaN is missing: a gap is never differenced or smoothed across as
if it were data.
"""

from __future__ import annotations

import numpy as np

from leap_core.errors import UserError

SET_FPS = "set `videos[].fps` in the config"


def runs(mask: np.ndarray) -> np.ndarray:
    """Start and stop of every stretch of True, as rows (start, stop).

    >>> runs(np.array([0, 1, 1, 0, 1], bool)).tolist()
    [[1, 3], [4, 5]]
    >>> runs(np.ones(4, bool)).tolist(), runs(np.zeros(4, bool)).tolist()
    ([[0, 4]], [])
    """
    edge = np.diff(np.asarray(mask, np.int8), prepend=0, append=0)
    return np.flatnonzero(edge).reshape(-1, 2)


def run_lengths(mask: np.ndarray) -> np.ndarray:
    """For each entry of a 1-D mask the length of the stretch of True it lies in, else 0.

    >>> run_lengths(np.array([1, 0, 1, 1], bool)).tolist()
    [1, 0, 2, 2]
    """
    out = np.zeros(len(mask), np.int64)
    for start, stop in runs(mask):
        out[start:stop] = stop - start
    return out


def filled(known: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """A whole series (frame,) from its known values: straight lines between, at the ends held.

    Args:
        known: (n,) values at the frames seen, n at least 1.
        seen: (frame,) bool, n of them True.

    >>> filled(np.array([1.0, 3.0]), np.array([0, 1, 0, 1], bool)).tolist()
    [1.0, 1.0, 2.0, 3.0]
    """
    return np.interp(np.arange(len(seen)), np.flatnonzero(seen), known)


def bridged(x: np.ndarray, longest: float, *, ends: bool = False) -> np.ndarray:
    """``x`` (frame, ...) with gaps of up to ``longest`` frames filled along a straight line.

    Longer gaps stay NaN.

    Args:
        x: floats; NaN = missing.
        longest: frames.
        ends: hold the nearest value over gaps of this length at either end; else they stay NaN.

    >>> bridged(np.array([1.0, np.nan, 3.0, np.nan, np.nan, 6.0]), 1).tolist()
    [1.0, 2.0, 3.0, nan, nan, 6.0]
    >>> bridged(np.array([np.nan, 2.0, np.nan, np.nan]), 1, ends=True).tolist()
    [2.0, 2.0, nan, nan]
    """
    out = np.array(x, order="C")
    for column in out.reshape(len(out), int(np.prod(out.shape[1:]))).T:
        missing = np.isnan(column)
        short = missing & (run_lengths(missing) <= longest)
        known = np.flatnonzero(~missing)
        if not len(known):
            continue
        if not ends:
            short[: known[0]] = short[known[-1] :] = False
        column[short] = filled(column[known], ~missing)[short]
    return out


def odd_window(seconds: float, fps: float) -> int:
    """A window in seconds as the nearest odd number of frames, at least 1.

    >>> odd_window(0.05, 100.0), odd_window(0.05, 330.0), odd_window(0.05, 25.0)
    (5, 17, 1)
    """
    return 2 * max(round((seconds * fps - 1) / 2), 0) + 1


def gaussian_weights(window: int) -> np.ndarray:
    """Gaussian of standard deviation window/5 cut to ``window`` frames, sum 1 (5 -> 1 frame)."""
    offset = np.arange(window) - window // 2
    weights = np.exp(-0.5 * (offset / (window / 5)) ** 2)
    return weights / weights.sum()


def smooth(x: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted moving mean along the first axis, renormalised at ends and around NaN.

    Missing values stay missing.  ``weights`` has an odd length.
    """
    from scipy.ndimage import convolve1d  # slow to import, and most use this module without

    seen = np.isfinite(x)
    total = convolve1d(np.where(seen, x, 0.0), weights, axis=0, mode="constant")
    share = convolve1d(seen.astype(float), weights, axis=0, mode="constant")
    return np.divide(total, share, out=np.full(x.shape, np.nan), where=seen)


def difference(x: np.ndarray, fps: float) -> np.ndarray:
    """Central difference per second along the first axis.

    Beside a missing value and at both ends the one-sided difference is taken; where neither
    neighbour is known the result is NaN.
    """
    pad = np.full((1, *x.shape[1:]), np.nan)
    step = np.concatenate([pad, np.diff(x.astype(float), axis=0), pad]) * fps
    before, after = step[:-1], step[1:]
    known = np.isfinite(before).astype(int) + np.isfinite(after)
    total = np.nan_to_num(before) + np.nan_to_num(after)
    return np.divide(total, known, out=np.full(x.shape, np.nan), where=known > 0)


def moving_sum(x: np.ndarray, window: int, *, axis: int = 0) -> np.ndarray:
    """Centred sums of ``window`` entries along one axis; past the ends lies nothing.

    If ``window`` is even, there is one result more, between the entries.

    >>> moving_sum(np.array([1.0, 2.0, 3.0]), 3).tolist()
    [3.0, 6.0, 5.0]
    """
    side = window // 2
    pad = [(0, 0)] * x.ndim
    pad[axis] = (side + 1, side)
    total = np.moveaxis(np.cumsum(np.pad(x, pad), axis=axis), axis, 0)
    return np.moveaxis(total[window:] - total[:-window], 0, axis)


def known_fps(fps: float) -> bool:
    """Whether a frame rate is one: a finite number above 0."""
    return bool(np.isfinite(fps) and fps > 0)


def require_fps(fps: float, what: str, remedy: str = SET_FPS) -> None:
    """Refuse a frame rate that is none.

    Args:
        what: whose it is, for the message: ``recording fly59``.
        remedy: what to do about it.

    Raises:
        UserError: not :func:`known_fps`.
    """
    if not known_fps(fps):
        raise UserError(f"{what}: unknown frame rate ({fps}); {remedy}")


def require_consecutive(frame: np.ndarray, what: str, remedy: str) -> None:
    """Refuse frame numbers (frame,) with one left out, repeated or out of order.

    Args:
        what: whose they are, for the message: ``recording fly59``.
        remedy: what to do about it.

    Raises:
        UserError: a frame does not follow the one before.
    """
    jumps = np.flatnonzero(np.diff(frame) != 1)
    if len(jumps):
        before, after = frame[jumps[0] : jumps[0] + 2]
        raise UserError(f"{what}: frames are not consecutive ({after} follows {before}); {remedy}")
