"""Swing and stance from the movement of the leg tips (paper: Gait analysis).

All functions take the frame axis first and treat NaN as missing: a gap is never differenced or
smoothed across as if it were data.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import convolve1d

from leap_core.errors import UserError
from leap_core.timeseries import runs


def odd_window(seconds: float, fps: float) -> int:
    """A window in seconds as the nearest odd number of frames, at least 1.

    >>> odd_window(0.05, 100.0), odd_window(0.05, 330.0), odd_window(0.05, 25.0)
    (5, 17, 1)
    """
    return 2 * max(round((seconds * fps - 1) / 2), 0) + 1


def smooth(x: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted moving mean along the first axis, renormalised at ends and around NaN.

    Missing values stay missing.  ``weights`` has an odd length.
    """
    seen = np.isfinite(x)
    total = convolve1d(np.where(seen, x, 0.0), weights, axis=0, mode="constant")
    share = convolve1d(seen.astype(float), weights, axis=0, mode="constant")
    return np.divide(total, share, out=np.full(x.shape, np.nan), where=seen)


def gaussian_weights(window: int) -> np.ndarray:
    """Gaussian of standard deviation window/5 cut to ``window`` frames, sum 1 (5 -> 1 frame)."""
    offset = np.arange(window) - window // 2
    weights = np.exp(-0.5 * (offset / (window / 5)) ** 2)
    return weights / weights.sum()


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


def tip_velocity(tips: np.ndarray, fps: float, smooth_s: float = 0.05) -> np.ndarray:
    """Smoothed velocity of leg tips along the body axis.

    Args:
        tips: egocentric positions (frame, leg, 2 or 3), +x forward; NaN = missing.
        fps: frames per second.
        smooth_s: window of the Gaussian, seconds (sigma is a fifth of it).

    Returns:
        (frame, leg) in units of ``tips`` per second; NaN where missing.
    """
    velocity = difference(np.asarray(tips)[..., 0], fps)
    return smooth(velocity, gaussian_weights(odd_window(smooth_s, fps)))


def paper_stance(tips: np.ndarray, fps: float, smooth_s: float = 0.05) -> np.ndarray:
    """Stance of each leg: its tip moves backward relative to the body (paper: Gait analysis).

    Args:
        tips: egocentric positions (frame, leg, 2 or 3), +x forward; NaN = missing.
        fps: frames per second.
        smooth_s: window of the velocity's Gaussian, seconds.

    Returns:
        (frame, leg) bool: True where the smoothed velocity is below 0.  Missing is False.
    """
    return tip_velocity(tips, fps, smooth_s) < 0


def checked(tips: np.ndarray, fps: float) -> np.ndarray:
    """Tips as floats, (frame, leg, 2 or 3); a tip with any missing coordinate is NaN in all.

    Raises:
        UserError: another shape, or no frame rate.
    """
    tips = np.array(tips, float)
    if tips.ndim != 3 or tips.shape[2] not in (2, 3):
        raise UserError(f"tips of shape {tips.shape}: not (frame, leg, 2 or 3); give x, y (, z)")
    if not (np.isfinite(fps) and fps > 0):
        raise UserError(f"tips: unknown frame rate ({fps}); give frames per second")
    tips[~np.isfinite(tips).all(axis=2)] = np.nan
    return tips


def bridged(x: np.ndarray, longest: int) -> np.ndarray:
    """``x`` (frame, ...) with gaps of up to ``longest`` frames filled along a straight line.

    Longer gaps, and those at either end, stay NaN.

    >>> bridged(np.array([1.0, np.nan, 3.0, np.nan, np.nan, 6.0]), 1).tolist()
    [1.0, 2.0, 3.0, nan, nan, 6.0]
    """
    out = np.array(x, float, order="C")
    for column in out.reshape(len(out), int(np.prod(out.shape[1:]))).T:
        for start, stop in runs(np.isnan(column)):
            if start > 0 and stop < len(column) and stop - start <= longest:
                column[start - 1 : stop + 1] = np.linspace(
                    column[start - 1], column[stop], stop - start + 2
                )
    return out
