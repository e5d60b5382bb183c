"""The body's own movement read from the feet that stand on the ground.

Seen from the body all planted feet follow one rigid motion: the body's, reversed.  Feet that
agree on such a motion are the planted ones; legs in swing and legs that groom do not agree, or
not for long.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from scipy.ndimage import minimum_filter1d

from leap_core.timeseries import moving_sum, odd_window

# Costs of a foot that is not planted (log-likelihood): stepping forward is common, sliding
# backward over the ground is not.
_FORWARD, _BACKWARD = 4.0, 8.0
_RIDGE = 0.1  # legs' worth of belief that the animal neither drifts sideways nor turns
_ROUNDS = 3  # of fitting and judging again
# A foot that moves right before or after still or already moves a little, which would make the
# body too slow; it counts for this much, so that frames with few other feet have an answer.
_EDGE = 0.1
# The center part's own error moves all feet alike, as the body's motion does; only a window
# longer than that of the tip velocities averages it out.
SPEED_S = 0.09
# From frame to frame a fast camera sees more jitter than movement: positions are averaged first.
STRIDE_S = 0.01


@dataclass(frozen=True)
class Planted:
    """Steps of the feet from one time to the next and how far each foot rests.

    Attributes:
        step, place: velocity and position in the body's frame, (time - 1, leg, 2).
        rest: (time - 1, leg) belief, 0 to 1, that the foot is on the ground.
        known: (time - 1,) at least half of the legs are seen.
        frames: of the recording; each time is the middle of ``stride`` of them.
        stride: frames whose mean position is one time.
        reach: typical distance of a foot from the center.
        jitter: of a planted foot's velocity between two times (:func:`noise_scale`).
        fps: frames per second.
    """

    step: np.ndarray
    place: np.ndarray
    rest: np.ndarray
    known: np.ndarray
    frames: int
    stride: int
    reach: float
    jitter: float
    fps: float

    def motion(self, smooth_s: float) -> np.ndarray:
        """Body motion (frame, 3) fitted over ``smooth_s``, as :func:`body_motion` gives it."""
        if not self.known.any():
            return np.full((self.frames, 3), np.nan)
        # a time lies between two steps, so an even number of them is centred on it
        window = max(odd_window(smooth_s, self.fps / self.stride) - 1, 2)
        found = rigid(self.step, self.place, self.rest, self.reach, window)
        beside = np.append(self.known, False) | np.insert(self.known, 0, False)
        found = np.where(beside[:, None], found, np.nan)
        if self.stride == 1:
            return found
        # from the middles of the strides to frames; before the first and after the last, theirs
        at = (np.arange(self.frames) - (self.stride - 1) / 2) / self.stride
        times = np.arange(len(found))
        between = np.stack([np.interp(at, times, column) for column in found.T], axis=1)
        nearest = found[np.clip(np.round(at), 0, len(found) - 1).astype(int)]
        return np.where(np.isfinite(between), between, nearest)

    def without(self, swing: np.ndarray) -> Planted:
        """The same feet, of which those known to swing, (frame, leg) bool, count for a tenth.

        Not while fewer than half of the legs do not swing.
        """
        last = len(swing) - 1
        first = np.arange(len(self.step)) * self.stride
        within = [swing[np.minimum(first + k, last)] for k in range(2 * self.stride)]
        moves = np.any(within, axis=0)
        moves &= (~moves).sum(axis=1, keepdims=True) >= moves.shape[1] / 2
        return replace(self, rest=self.rest * np.where(moves, _EDGE, 1.0))

    def path(self, tips: np.ndarray, smooth_s: float) -> tuple[np.ndarray, np.ndarray]:
        """Where each foot is on the ground, under the body motion fitted over ``smooth_s``.

        Args:
            tips: (frame, leg, 2), those of these feet.

        Returns:
            (frame, leg, 2) places along the body's axes, from 0 in the first frame, good over
            the length of a step (past the body, where its motion is unknown), and
            (frame - 1, leg) bool: the foot is known to have gone from each place to the next.
        """
        motion = self.motion(smooth_s)
        motion = (motion[1:] + motion[:-1]) / (2 * self.fps)
        step = np.diff(tips, axis=0)
        gone = over_ground(step, (tips[:-1] + tips[1:]) / 2, motion)
        linked = np.isfinite(gone).all(axis=2)
        gone = np.nan_to_num(np.where(linked[..., None], gone, step))
        return np.cumsum(np.concatenate([np.zeros_like(tips[:1]), gone]), axis=0), linked


def stance_velocity(tips: np.ndarray, fps: float, smooth_s: float = SPEED_S) -> np.ndarray:
    """Forward velocity of the body from its feet on the ground: speed without a body track.

    A standing or grooming animal has feet that rest on the ground and gives about 0; up to half
    of the legs may move or be missing.  See :func:`body_motion`.

    Args:
        tips: egocentric positions (frame, leg, 2 or 3), +x forward; NaN = missing.
        fps: frames per second.
        smooth_s: window of the fit, seconds.

    Returns:
        (frame,) in units of ``tips`` per second; NaN where fewer than half of the legs are seen.
    """
    return motion_of_body(tips, fps, smooth_s)[:, 0]


def motion_of_body(tips: np.ndarray, fps: float, smooth_s: float = 0.05) -> np.ndarray:
    """Velocity and turning of the body from its feet, frame by frame.

    For every half of the legs the rigid motion is computed under which those feet stand still
    on the ground from one frame to the next.  Each is evaluated by all legs: a foot that rests or
    steps forward over the ground speaks for it, one that slides backward against it.  The
    sequence of motions that is best over the whole recording (dynamic programming; sudden
    changes cost) says which feet rest, and one motion is fitted to them over ``smooth_s``.

    Args:
        tips: egocentric positions (frame, leg, 2 or 3), +x forward; NaN = missing.
        fps: frames per second.
        smooth_s: window of the last fit, seconds.

    Returns:
        (frame, 3): velocity along +x and +y of the image (units of ``tips`` per second) and
        turning from +x to +y (rad/s).  NaN where fewer than half of the legs are seen in two
        successive frames.
    """
    tips = np.asarray(tips, float)[..., :2]
    return planted_feet(tips, fps).motion(smooth_s)


def planted_feet(tips: np.ndarray, fps: float) -> Planted:
    """Which feet rest: the part of :func:`body_motion` without a window.

    Above 150 frames/s the feet's mean positions over 0.01 s are taken.

    Args:
        tips: egocentric positions (frame, leg, 2 or 3), +x forward; NaN = missing.
        fps: frames per second.
    """
    stride = max(round(fps * STRIDE_S), 1)
    tips = np.asarray(tips, float)[..., :2]
    frames, legs = tips.shape[:2]
    tips, rate = strides(tips, stride), fps / stride
    step = np.diff(tips, axis=0) * rate
    place = (tips[:-1] + tips[1:]) / 2
    seen = np.isfinite(step).all(axis=2)
    half = max(legs // 2, 1)
    known = seen.sum(axis=1) >= half
    scale = noise_scale(tips, rate)
    if not known.any():
        return Planted(step, place, seen.astype(float), known, frames, stride, 1.0, scale, fps)
    seen &= known[:, None]
    step = np.where(seen[..., None], step, 0.0)
    place = np.where(seen[..., None], place, 0.0)
    reach = float(np.sqrt((place**2).sum() / seen.sum())) or 1.0

    chosen = list(combinations(range(legs), half))
    # an hour of six legs: of either array one is enough
    motion = np.zeros((len(step), 1 + len(chosen), 3))
    cost = np.empty(motion.shape[:2])
    cost[:, 0] = disbelief(step, seen, scale)
    for k, carrying_legs in enumerate(chosen, 1):
        carrying = seen & np.isin(np.arange(legs), carrying_legs)
        motion[:, k] = rigid(step, place, carrying, reach)
        price = disbelief(over_ground(step, place, motion[:, k]), seen, scale)
        # one foot alone agrees with any motion
        cost[:, k] = np.where(carrying.sum(axis=1) < min(2, half), np.inf, price)
    best = smoothest(cost, motion, known, scale, reach)
    del cost
    fit = motion[np.arange(len(step)), best]
    del motion
    for _ in range(_ROUNDS):
        rest = seen * resting(over_ground(step, place, fit), scale)
        fit = rigid(step, place, rest, reach, window=3)
    rest = np.maximum(minimum_filter1d(rest, 3, axis=0), _EDGE * rest)
    return Planted(step, place, rest, known, frames, stride, reach, scale, fps)


def strides(tips: np.ndarray, stride: int) -> np.ndarray:
    """Mean position over every ``stride`` frames, the last ones left out if they are fewer.

    Missing where every one is.
    """
    if stride == 1 or not len(tips):
        return tips
    count = max(len(tips) // stride, 1)
    parts = tips[: count * stride].reshape(count, -1, *tips.shape[1:])
    seen = np.isfinite(parts)
    total, number = np.where(seen, parts, 0.0).sum(axis=1), seen.sum(axis=1)
    return np.divide(total, number, out=np.full(total.shape, np.nan), where=number > 0)


def noise_scale(tips: np.ndarray, fps: float) -> float:
    """How far a planted foot's velocity from frame to frame strays from its model, per axis.

    The jitter of the positions, from their median absolute second difference as if independent
    from frame to frame; at least 3 % of a fast step, for what a rigid motion leaves unexplained.

    Args:
        tips: (frame, leg, 2), NaN = missing.
        fps: frames per second.

    Returns:
        In units of ``tips`` per second; at least a tiny positive number.
    """
    bend = np.diff(tips, n=2, axis=0)
    bend = np.abs(bend[np.isfinite(bend)])
    forward = np.diff(tips[..., 0], axis=0)
    forward = np.abs(forward[np.isfinite(forward)])
    jitter = np.median(bend) / 0.6745 / np.sqrt(6) if len(bend) else 0.0
    fast = np.quantile(forward, 0.95) if len(forward) else 0.0
    return float(max(np.sqrt(2) * jitter, 0.03 * fast, 1e-9) * fps)


def rigid(
    step: np.ndarray, place: np.ndarray, weight: np.ndarray, reach: float, window: int = 1
) -> np.ndarray:
    """Body motion (step, 3) under which the weighted feet rest, by least squares.

    Args:
        step, place: velocity and position of the feet in the body's frame, (step, leg, 2).
        weight: (step, leg).
        reach: typical distance of a foot from the center, the lever of turning.
        window: steps in one fit; if even, there is one result more, between the steps.
    """
    x, y = place[..., 0], place[..., 1]
    forward, side = step[..., 0], step[..., 1]
    weight = weight.astype(float)
    parts = (
        weight,
        weight * x,
        weight * y,
        weight * (x**2 + y**2),
        weight * forward,
        weight * side,
        weight * (y * forward - x * side),
    )
    sums = np.stack([part.sum(axis=1) for part in parts])
    del parts
    count, x, y, lever, forward, side, turn = moving_sum(sums, window, axis=1)
    zero = np.zeros_like(count)
    normal = [
        [count + 1e-9, zero, -y],
        [zero, count + _RIDGE, x],
        [-y, x, lever + _RIDGE * reach**2],
    ]
    right = np.stack([-forward, -side, turn], axis=-1)[..., None]
    return np.linalg.solve(np.moveaxis(np.array(normal), 2, 0), right)[..., 0]


def over_ground(step: np.ndarray, place: np.ndarray, motion: np.ndarray) -> np.ndarray:
    """Velocity of the feet over the ground (frame, leg, 2), along the body's axes."""
    forward, side, turn = (motion[:, None, k] for k in range(3))
    flow = np.stack([forward - turn * place[..., 1], side + turn * place[..., 0]], axis=-1)
    return step + flow


def _costs(ground: np.ndarray, scale: float) -> tuple[np.ndarray, np.ndarray]:
    moving = np.where(ground[..., 0] > 0, _FORWARD, _BACKWARD)
    return (ground**2).sum(axis=2) / (2 * scale**2), moving


def resting(ground: np.ndarray, scale: float) -> np.ndarray:
    """Belief (frame, leg), 0 to 1, that a foot of this velocity over the ground is planted."""
    planted, moving = _costs(ground, scale)
    return 1 / (1 + np.exp(np.minimum(planted - moving, 50)))


def disbelief(ground: np.ndarray, seen: np.ndarray, scale: float) -> np.ndarray:
    """Cost (frame,) of a motion: each foot rests, steps forward, or slides backward."""
    planted, moving = _costs(ground, scale)
    return (seen * -np.logaddexp(-planted, -moving)).sum(axis=1)


def smoothest(
    cost: np.ndarray, motion: np.ndarray, known: np.ndarray, scale: float, reach: float
) -> np.ndarray:
    """Cheapest sequence of candidates (Viterbi); a change costs its size over ``scale``.

    Args:
        cost: (step, candidate); motion: (step, candidate, 3).
        known: (step,); nothing links a step to an unknown one before it.
        scale: of velocity; reach: length that makes turning a velocity.

    Returns:
        Candidate of each step.
    """
    # sideways and turning are known less well than forward
    size = np.array([1.0, 0.5, 0.5 * reach]) / (2 * scale)
    before = motion[0] * size
    total = cost[0]
    back = np.zeros(cost.shape, np.int16)
    columns = np.arange(cost.shape[1])
    for t in range(1, len(cost)):
        linked = known[t] and known[t - 1]
        here = motion[t] * size
        jump = np.abs(here[:, None] - before[None]).sum(axis=2) * linked
        before = here
        way = total + np.minimum(jump, 20.0)
        back[t] = way.argmin(axis=1)
        total = way[columns, back[t]] + cost[t]
        total -= total.min()
    chosen = np.zeros(len(cost), int)
    chosen[-1] = total.argmin()
    for t in range(len(cost) - 1, 0, -1):
        chosen[t - 1] = back[t, chosen[t]]
    return chosen
