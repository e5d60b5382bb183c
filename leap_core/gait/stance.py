"""Swing and stance from the movement of the leg tips (paper: Gait analysis).

All functions take the frame axis first and treat NaN as missing.
"""

from __future__ import annotations

import numpy as np

from leap_core.errors import UserError
from leap_core.timeseries import (
    difference,
    gaussian_weights,
    odd_window,
    require_fps,
    smooth,
)

# A fly's swing takes about 0.04 s: below, hardly a foot rests from one frame to the next.
FEWEST_FPS = 55.0


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
    require_fps(fps, "tips", "give frames per second")
    tips[~np.isfinite(tips).all(axis=2)] = np.nan
    return tips
