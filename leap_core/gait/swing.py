"""Swing and stance of each leg: a foot swings while it moves over the ground."""

from __future__ import annotations

import logging
from typing import Literal

import numpy as np
from scipy.ndimage import maximum_filter1d

from leap_core.errors import UserError
from leap_core.gait.body_motion import Planted, noise_scale, over_ground, planted_feet
from leap_core.gait.foot_height import Up, landed, upward
from leap_core.gait.stance import FEWEST_FPS, checked, paper_stance
from leap_core.gait.step_fit import fitted
from leap_core.timeseries import difference, gaussian_weights, odd_window, runs, smooth

log = logging.getLogger(__name__)

# Share of a swing's peak at which a movement begins and ends.  Half is exact for a swing of
# constant velocity, about 0.36 for a parabolic one of 4 frames; real legs lie between.
LEVEL = 0.4
_AROUND_S = 0.15  # a swing's peak is looked for in this window
_NOISE = 4.0  # noise scales that a swing's peak must rise to
_BRIEF_S = 0.015  # a rest between two movements that is shorter is none
LEAST_SHARE = 0.1  # of the feet's distance from their middle: a shorter movement is no swing
# A short way (less than so many times the least) that a foot goes nearly whole from one frame to
# the next is a flicker of the tracking.
_SHORT, _LEAP = 2.0, 0.85
# A foot whose swing takes longer leaves the ground so slowly that it seems to rest at first,
# and the body too slow; it moves for this share of the movement before and after it.
_SLOW_S, _FLANK = 0.08, 0.15


def detect_stance(
    tips: np.ndarray,
    fps: float,
    smooth_s: float = 0.05,
    rule: Literal["levels", "paper"] = "levels",
    feet: Planted | None = None,
    bases: np.ndarray | None = None,
    up: Up = "auto",
) -> np.ndarray:
    """Which feet are on the ground.

    ``paper``: a tip that moves backward past the body stands (paper: Gait analysis;
    :func:`leap_core.gait.stance.paper_stance`).  That puts the border at the speed of the body,
    far below the middle of a slow walker's swing, so that smoothing makes its swings too long,
    and it knows neither turning nor standing.

    ``levels``: a tip that moves over the ground swings.

    1. Its velocity over the ground is that past the body plus the body's own motion there
       (:func:`leap_core.gait.body_motion.motion_of_body`).  It moves while that, along the way
       that the body goes, exceeds 0.4 of the nearest peak (within 0.15 s), which counts as no
       less than the body's speed and four times the noise.  Where too few legs are seen to know the
       body's motion, and below 55 frames/s, where hardly a foot rests from one frame to the
       next, it moves while it goes forward past the body.
    2. A movement shorter than 0.1 of the feet's typical distance from their middle is no swing,
       nor is one shorter than 0.2 that is made within a frame (the tracking flickers).
    3. Lift-off and landing are those of the smooth step (velocity a parabola in time, as in the
       paper, Fig. 3c) that fits the path over the ground best: :mod:`leap_core.gait.step_fit`.  For
       swings longer than 0.08 s that path is under the motion of the body by the other feet.
    4. Where the tips have a height, a foot stands while it is low and does not rise:
       :mod:`leap_core.gait.foot_height`.  Which way z points is found from the bases and from feet
       that rise in swings; where it points down, or is unknown and the height is not used, the
       log says so.

    Below 55 frames/s only 1 and 2 apply.

    Args:
        tips: egocentric positions (frame, leg, 2 or 3): x forward, y to one side (either) and z
            up or down, in any unit; NaN = missing.
        fps: frames per second.
        smooth_s: window of the tip velocity's Gaussian, seconds.
        rule: "levels" or "paper".
        feet: :func:`leap_core.gait.body_motion.planted_feet` of ``tips``, where already known.
        bases: where the legs begin, like ``tips`` with a height; None = unknown.
        up: "up" or "down" says which way z points.

    Returns:
        (frame, leg) bool.  Missing is False.

    Raises:
        UserError: tips of another shape, no frame rate, or an unknown rule.

    Three feet of a walker at 10 mm/s; one of them takes a step of 4 frames, begun at 4.4.

    >>> from leap_core.gait.step_fit import eased
    >>> time = np.arange(13.0)
    >>> tips = np.zeros((13, 3, 2)) + [[1, 1], [-1, 1], [0, -1]]
    >>> tips[..., 0] -= 0.1 * time[:, None]
    >>> tips[:, 0, 0] += 1.2 * eased((time - 4.4) / 4)
    >>> detect_stance(tips, 100.0).T.astype(int)
    array([[1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1],
           [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
           [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]])
    """
    tips = checked(tips, fps)
    if rule == "paper":
        return paper_stance(tips, fps, smooth_s)
    if rule != "levels":
        raise UserError(f"stance rule {rule!r}: unknown; use 'levels' or 'paper'")
    stance, height = feet_on_ground(tips, fps, smooth_s, feet=feet, bases=bases, up=up)
    if height and not height.startswith("z points up"):
        log.warning("height: %s", height)
    return stance


def feet_on_ground(
    tips: np.ndarray,
    fps: float,
    smooth_s: float,
    *,
    feet: Planted | None = None,
    bases: np.ndarray | None = None,
    above: str = "leg bases",
    up: Up = "auto",
) -> tuple[np.ndarray, str]:
    """Stance (frame, leg) bool by the rule "levels", and what was made of the height.

    Args:
        tips: as :func:`leap_core.gait.stance.checked` gives them.
        fps, smooth_s, feet: as in :func:`detect_stance`.
        bases, above, up: as in :func:`leap_core.gait.foot_height.upward`.
    """
    if not tips.size:
        return np.zeros(tips.shape[:2], bool), ""
    flat = tips[..., :2]
    feet = planted_feet(flat, fps) if feet is None else feet
    path, linked = feet.path(flat, smooth_s)
    jitter = noise_scale(flat, fps) / fps
    fast = moving(flat, fps, smooth_s, feet)
    least = max(LEAST_SHARE * extent(flat), _NOISE * jitter)
    legs = range(fast.shape[1])
    moves = [movements(fast[:, leg], path[:, leg], least, fps) for leg in legs]
    if fps >= FEWEST_FPS:
        lengths = np.concatenate([np.diff(each, axis=1)[:, 0] for each in moves])
        if len(lengths) and np.median(lengths) > _SLOW_S * fps:
            path, linked = feet.without(covered(moves, len(fast), _FLANK)).path(flat, smooth_s)
        moves = [fitted(moves[leg], path[:, leg], linked[:, leg], jitter) for leg in legs]
    swing = covered(moves, len(fast))
    seen = np.isfinite(flat[..., 0])
    swing &= seen
    height = ""
    if tips.shape[2] == 3 and fps >= FEWEST_FPS:
        sign, height = upward(swing, tips, fps, bases=bases, above=above, up=up)
        if sign:
            swing = landed(swing, tips * (1, 1, sign), fps)
    return ~swing & seen, height


def moving(tips: np.ndarray, fps: float, smooth_s: float, feet: Planted) -> np.ndarray:
    """Feet that are fast over the ground or, where that is unknown, go forward past the body.

    (frame, leg) bool; missing is False.

    Args:
        tips: egocentric positions (frame, leg, 2), NaN = missing.
        fps, smooth_s, feet: as in :func:`stance`.
    """
    weights = gaussian_weights(odd_window(smooth_s, fps))
    velocity = smooth(difference(tips, fps), weights)
    forward = velocity[..., 0] > 0
    if fps < FEWEST_FPS:
        return forward
    noise = feet.jitter
    # as short a window as that of the tips: the center's own error then cancels
    ground = over_ground(velocity, tips, feet.motion(smooth_s))
    flow = ground - velocity
    body = np.linalg.norm(flow, axis=2)
    way = flow + (noise, 0.0)  # at rest: forward
    way /= np.maximum(np.linalg.norm(way, axis=2, keepdims=True), 1e-9 * noise)
    speed = (ground * way).sum(axis=2)
    known = np.where(np.isfinite(speed), speed, -np.inf)
    peak = maximum_filter1d(known, odd_window(_AROUND_S, fps), axis=0, mode="nearest")
    peak = np.maximum(peak, np.maximum(np.nan_to_num(body), _NOISE * noise))
    return np.where(np.isfinite(speed), speed >= LEVEL * peak, forward)


def movements(fast: np.ndarray, path: np.ndarray, least: float, fps: float) -> np.ndarray:
    """Start and stop (movement, 2) of one foot's movements that are long enough for a swing.

    Args:
        fast: (frame,) bool.
        path: (frame, 2) places of the foot over the ground.
        least: distance from the place before, in the unit of the path.
        fps: frames per second.
    """
    found = runs(fast)
    if not len(found):
        return found
    rests = found[1:, 0] - found[:-1, 1] >= _BRIEF_S * fps
    begins, ends = np.insert(rests, 0, True), np.append(rests, True)
    found = np.stack([found[begins, 0], found[ends, 1]], axis=1)
    keep = []
    for start, stop in found:
        around = path[max(start - 1, 0) : stop + 1]
        length = np.linalg.norm(around - around[0], axis=1).max()
        leap = np.linalg.norm(np.diff(around, axis=0), axis=1).max(initial=0.0)
        flickers = length < _SHORT * least and leap > _LEAP * length and fps >= FEWEST_FPS
        keep.append(length >= least and not flickers)
    return found[np.array(keep, bool)]


def covered(moves: list[np.ndarray], frames: int, flank: float = 0.0) -> np.ndarray:
    """(frame, leg) bool: within a movement of the leg, longer by a share of it at both ends."""
    out = np.zeros((frames, len(moves)), bool)
    for leg, each in enumerate(moves):
        for start, stop in each:
            more = int(np.ceil(flank * (stop - start)))
            out[max(start - more, 0) : stop + more, leg] = True
    return out


def extent(tips: np.ndarray) -> float:
    """Typical distance of the feet from their common middle; 0 if none is seen.

    Args:
        tips: (frame, leg, 2), NaN = missing.
    """
    seen = np.isfinite(tips[..., 0]).any(axis=0)
    if not seen.any():
        return 0.0
    typical = np.nanmedian(tips[:, seen], axis=0)
    return float(np.sqrt(((typical - typical.mean(axis=0)) ** 2).sum(axis=1).mean()))
