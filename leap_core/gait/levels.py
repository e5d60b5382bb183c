"""Swing and stance by levels: a foot swings while it moves over the ground."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import maximum_filter1d

from leap_core.gait.ground import Planted, noise_scale, over_ground, planted_feet
from leap_core.gait.stance import difference, gaussian_weights, odd_window, smooth

# Share of a swing's peak at which it begins and ends.  Half is exact for a swing of constant
# velocity, about 0.36 for a parabolic one of 4 frames; real legs lie between.
LEVEL = 0.4
_AROUND_S = 0.15  # a swing's peak is looked for in this window
_NOISE = 4.0  # noise scales that a swing's peak must rise to


def stance_levels(
    tips: np.ndarray, fps: float, smooth_s: float = 0.05, feet: Planted | None = None
) -> np.ndarray:
    """Stance of each leg: its tip is slow over the ground.

    The rule of the paper (:func:`leap_core.gait.stance.stance`) puts the border at the speed of
    the body, far below the middle of a slow walker's swing, so that smoothing makes its swings
    too long, and knows no turning.  Here the velocity over the ground (that of the tip plus the
    body's own motion there, from :func:`leap_core.gait.ground.body_motion`), along the way that
    the body goes there, is compared with the nearest swing: a foot swings while it is faster
    than 0.4 of the peak within 0.15 s, and that peak counts as no less than the body's speed and
    four times the noise.

    Args:
        tips: egocentric positions (frame, leg, 2 or 3), +x forward; NaN = missing.
        fps: frames per second.
        smooth_s: window of the tip velocity's Gaussian, seconds.
        feet: :func:`leap_core.gait.ground.planted_feet` of ``tips``, where already known.

    Returns:
        (frame, leg) bool.  Missing is False; where too few legs are seen to know the body's
        motion, the paper's rule applies.
    """
    tips = np.asarray(tips, float)[..., :2]
    weights = gaussian_weights(odd_window(smooth_s, fps))
    velocity = smooth(difference(tips, fps), weights)
    noise = noise_scale(tips, fps)
    # as short a window as that of the tips: the center's own error then cancels
    body_motion = (feet or planted_feet(tips, fps)).motion(smooth_s)
    ground = over_ground(velocity, tips, body_motion)
    flow = ground - velocity
    body = np.linalg.norm(flow, axis=2)
    way = flow + (noise, 0.0)  # at rest: forward
    way /= np.maximum(np.linalg.norm(way, axis=2, keepdims=True), 1e-9 * noise)
    speed = (ground * way).sum(axis=2)
    known = np.where(np.isfinite(speed), speed, -np.inf)
    peak = maximum_filter1d(known, odd_window(_AROUND_S, fps), axis=0, mode="nearest")
    peak = np.maximum(peak, np.maximum(np.nan_to_num(body), _NOISE * noise))
    return np.where(np.isfinite(speed), speed < LEVEL * peak, velocity[..., 0] < 0)
