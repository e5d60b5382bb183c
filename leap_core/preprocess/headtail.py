"""Which end is the head: one decision per stretch of video, not per frame.

The axis of a body leaves two headings, 180 degrees apart.  Continuity ties neighbouring frames
together, so the question is only where along the video (if anywhere) the continued axis points
to the tail.  Evidence of all frames is added up: animals mostly move head first, and the shape
differs between the two ends in a way that the moving frames teach.  A two-state hidden Markov
model combines them: a change of state is a flip by 180 degrees, and costs more the clearer the
axis continues.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from leap_core.numerics import viterbi
from leap_core.preprocess.segmentation import Blob

_WINDOW_S = 0.05  # over which displacement is measured
_MOVING = 0.5  # body lengths/s: faster counts as evidence
_NATS_PER_S = 20.0  # most evidence of motion, and the rate of independent looks at the shape
_FLIP_NATS = 24.0  # cost of a flip where the axis continues smoothly
_GAP_S = 0.25  # after gaps longer than this the cost fades
_LEAST_FRAMES = 30  # moving frames that can teach the shape
_TAIL = 0.4  # body lengths: a tail that begins so far from the centre is one, for certain
FEATURES = 4  # of :func:`asymmetry`
# what tells heads from tails before any motion has taught it, as (feature, mean, standard deviation
# between videos): wings and tails reach out behind; the front half of a body, head and thorax, is
# thicker and holds more light back than the rear
_LIKELY = ((0, -0.08, 0.06), (2, 0.11, 0.06))
_MOST_NATS = 12.0  # of one frame, times the number of frames


@dataclass(frozen=True)
class Axis:
    """The undirected body axis of one animal, per frame (NaN = not found).

    Attributes:
        center: (frame, xy) px, in the arena; angle: (frame,) rad, modulo pi; length: (frame,) px.
        elongation: (frame,) 0 = round to 1 = a line.
        shape: (frame, feature) numbers that change sign when the axis is reversed; the first
            is positive when faint parts (wings, tail) reach out towards ``angle``.
        tail: (frame,) where a tail begins, along ``angle`` from the centre in body lengths, 0 where
            none is seen; None for animals without one.
    """

    center: np.ndarray
    angle: np.ndarray
    length: np.ndarray
    elongation: np.ndarray
    shape: np.ndarray
    tail: np.ndarray | None = None


def asymmetry(blob: Blob, center: np.ndarray, angle: float, length: float) -> np.ndarray:
    """How the two ends of the axis differ: (4,) numbers that change sign with its direction.

    1. where the faint parts lie: centroid of the whole animal from that of the body;
    2. skewness of the body's signal along the axis;
    3. brightness of the body's front half against its back half;
    4. width of the whole animal's front half against its back half.

    Args:
        center: (x, y) of the body in the blob's part; angle: rad; length: of the body, px.
    """
    body = _Sides.of(blob.body, center, angle)
    light = (body.cut(blob.signal) + np.float32(1)) * body.mask
    one, first, second, third = body.along(light)
    mean = first / one
    spread = np.sqrt(max(second / one - mean**2, 0.0))
    skew = (third / one - 3 * mean * second / one + 2 * mean**3) / max(spread, 1e-6) ** 3
    pixels, front = body.both(body.mask)
    bright = 0.0
    if 0 < front < pixels:
        total, ahead = body.both(light)
        bright = _contrast(ahead / front, (total - ahead) / (pixels - front))
    whole = _Sides.of(blob.whole, center, angle)
    pixels, front = whole.both(whole.mask)
    reach = whole.reach() / pixels / length
    width = 0.0
    if 1 < front < pixels - 1:
        total, ahead = whole.both(whole.mask * whole.across())
        width = _contrast(ahead / front, (total - ahead) / (pixels - front))
    return np.array([reach, skew, bright, width])


@dataclass(frozen=True)
class _Sides:
    """A mask's box, split by the line through a centre across an axis.

    Attributes:
        corner: (x, y) px of the box; mask: (y, x) float32, 0 or 1.
        x, y: of the box's columns and rows, from the centre.
        axis: cosine and sine of the axis's angle.
        front: (y, x) float32, 1 ahead of the centre, 0 behind.
    """

    corner: tuple[int, int]
    mask: np.ndarray
    x: np.ndarray
    y: np.ndarray
    axis: tuple[float, float]
    front: np.ndarray

    @classmethod
    def of(cls, mask: np.ndarray, center: np.ndarray, angle: float) -> _Sides:
        left, top, width, height = cv2.boundingRect(mask.view(np.uint8))
        cos, sin = float(np.cos(angle)), float(np.sin(angle))
        x = np.arange(left, left + width) - center[0]
        y = np.arange(top, top + height) - center[1]
        own = mask[top : top + height, left : left + width].astype(np.float32)
        front = np.add.outer((y * sin).astype(np.float32), (x * cos).astype(np.float32)) > 0
        return cls((left, top), own, x, y, (cos, sin), front.astype(np.float32))

    def cut(self, image: np.ndarray) -> np.ndarray:
        """The box of an image."""
        x, y = self.corner
        return image[y : y + len(self.y), x : x + len(self.x)]

    def both(self, weight: np.ndarray) -> tuple[float, float]:
        """Sum of weights (y, x), and of those in front."""
        return float(weight.sum()), float(np.vdot(weight, self.front))

    def across(self) -> np.ndarray:
        """Distance (y, x) of the box's pixels from the axis, px, float32."""
        cos, sin = self.axis
        return np.abs(
            np.add.outer((self.y * cos).astype(np.float32), (self.x * -sin).astype(np.float32))
        )

    def reach(self) -> float:
        """Sum of the places of the mask's pixels along the axis."""
        cos, sin = self.axis
        return float(cos * (self.mask.sum(0) @ self.x) + sin * (self.mask.sum(1) @ self.y))

    def along(self, weight: np.ndarray) -> tuple[float, float, float, float]:
        """Sums of weights (y, x) times powers 0 to 3 of the place along the axis."""
        m = _powers(self.y) @ weight @ _powers(self.x).T  # [power of y, power of x]
        c, s = self.axis
        return (
            float(m[0, 0]),
            float(c * m[0, 1] + s * m[1, 0]),
            float(c * c * m[0, 2] + 2 * c * s * m[1, 1] + s * s * m[2, 0]),
            float(
                c**3 * m[0, 3] + 3 * c * c * s * m[1, 2] + 3 * c * s * s * m[2, 1] + s**3 * m[3, 0]
            ),
        )


def _powers(x: np.ndarray) -> np.ndarray:
    """(4, n) powers 0 to 3."""
    out = np.ones((4, len(x)))
    out[1] = x
    np.multiply(x, x, out=out[2])
    np.multiply(out[2], x, out=out[3])
    return out


def _contrast(a: float, b: float) -> float:
    return (a - b) / max(a + b, 1e-6)


def continued(angle: np.ndarray) -> np.ndarray:
    """Unwrap angles known modulo pi, across missing (NaN) frames.

    >>> continued(np.array([0.1, np.nan, 3.1, 0.2])).round(2).tolist()
    [0.1, nan, -0.04, 0.2]
    """
    out = np.full_like(angle, np.nan, dtype=float)
    known = np.isfinite(angle)
    out[known] = np.unwrap(angle[known], period=np.pi)
    return out


def forward_speed(axis: Axis, angle: np.ndarray, fps: float) -> np.ndarray:
    """Displacement along the axis in body lengths per second; 0 where unknown.

    Zero throughout if the animal stays in one place: it stands, or the camera follows it and
    where to is not known, and then its motion in the image is the camera's as much as its own.
    """
    half = max(1, round(_WINDOW_S * fps / 2))
    moved = np.full_like(axis.center, np.nan)
    if len(moved) > 2 * half:
        moved[half:-half] = axis.center[2 * half :] - axis.center[: -2 * half]
    if not _travels(axis):
        return np.zeros(len(angle))
    along = moved[:, 0] * np.cos(angle) + moved[:, 1] * np.sin(angle)
    speed = along * fps / (2 * half * np.nanmedian(axis.length))
    return np.nan_to_num(speed)


def _travels(axis: Axis) -> bool:
    """Whether the animal comes further than its own length."""
    low, high = np.nanpercentile(axis.center, [1, 99], axis=0)
    return bool((high - low).max() > np.nanmedian(axis.length))


def motion_evidence(speed: np.ndarray, fps: float) -> np.ndarray:
    """Nats for "the axis points to the head", from speed along it in body lengths per second."""
    strength = np.where(np.abs(speed) > _MOVING, np.clip(speed, -1, 1), 0.0)
    return strength * min(_NATS_PER_S / fps, 1.0)


def shape_evidence(
    shape: np.ndarray,
    moving: np.ndarray,
    sign: np.ndarray,
    fps: float,
    *,
    tail: np.ndarray | None = None,
) -> np.ndarray:
    """Nats from the shape's asymmetry: a linear discriminant taught by the moving frames.

    Args:
        shape: (frame, feature) along the continued axis.
        moving: (frame,) frames that teach; sign: (frame,) +-1, direction of motion on the axis.
        tail: (frame,) as in :class:`Axis`, along the continued axis.

    Where too few frames move, a tail that is seen tells.  Without one it is likely that faint
    parts, as wings, are at the tail and that the body's front half is the brighter one.  All
    frames together are one look at the animal: their mean decides, the surer the clearer it
    differs between the ends, measured by how it differs between videos.
    """
    rate = min(_NATS_PER_S / fps, 1.0)
    known = np.isfinite(shape).all(1)
    if (moving & known).sum() >= _LEAST_FRAMES:
        taught = shape[moving & known] * sign[moving & known, None]
        mean = taught.mean(0)
        cov = np.atleast_2d(np.cov(taught.T))
        cov += np.eye(len(mean)) * max(0.05 * np.trace(cov) / len(mean), 1e-9)
        nats = 2 * shape @ np.linalg.solve(cov, mean)
        nats = rate * np.clip(nats, -4, 4)
    elif tail is not None and np.any(tail[known]):
        nats = rate * np.clip(-tail / _TAIL, -1, 1)
    else:
        own = shape if tail is None else shape[:, 1:]  # the first is the tail's place
        likely = [2 * m / sd**2 * own[:, k] for k, m, sd in _LIKELY if k < own.shape[1]]
        nats = np.clip(np.sum(likely, axis=0), -_MOST_NATS, _MOST_NATS) / max(known.sum(), 1)
    return np.where(known, nats, 0.0)


def flip_cost(angle: np.ndarray, elongation: np.ndarray, fps: float) -> np.ndarray:
    """Nats for a reversal between consecutive found frames, given the continued axis.

    Cheap where the axis turned by nearly 90 degrees, where the body looked round, and after a
    gap; at least log 2, so that a flip is never likelier than none.
    """
    known = np.flatnonzero(np.isfinite(angle))
    turn = np.abs(np.diff(angle[known])) / (np.pi / 2)
    gap = (np.diff(known) - 1) / fps
    clear = np.clip(np.minimum(elongation[known][1:], elongation[known][:-1]) / 0.3, 0, 1)
    return np.log(2) + _FLIP_NATS * np.clip(1 - turn, 0, 1) * clear * np.exp(-gap / _GAP_S)


def reversals(evidence: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """Best sequence: True where the axis must be reversed.

    Args:
        evidence: (n,) nats for not reversed; cost: (n - 1,) nats for a change.

    >>> reversals(np.array([3.0, -0.5, 3.0, -9.0]), np.array([2.0, 2.0, 2.0])).tolist()
    [False, False, False, True]
    """
    return viterbi(np.stack([evidence / 2, -evidence / 2], axis=1), cost) == 1


def log_odds(evidence: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """Posterior log odds of "not reversed" in the same model (forward-backward)."""

    def passed(odds: float, step: float) -> float:
        return float(np.logaddexp(odds, -step) - np.logaddexp(0, odds - step))

    count = len(evidence)
    forward, backward = np.zeros(count), np.zeros(count)
    for k in range(1, count):
        forward[k] = passed(forward[k - 1] + evidence[k - 1], cost[k - 1])
    for k in range(count - 2, -1, -1):
        backward[k] = passed(backward[k + 1] + evidence[k + 1], cost[k])
    return forward + evidence + backward


def decide(axis: Axis, fps: float) -> tuple[np.ndarray, np.ndarray]:
    """Heading of every frame and the confidence in its head end.

    Returns:
        heading (frame,) rad, continuous, tail to head, NaN = not found; quality (frame,) 0..1,
        how far the posterior of the chosen end is from a coin's.
    """
    heading = np.full(len(axis.angle), np.nan)
    quality = np.full(len(axis.angle), np.nan)
    angle = continued(axis.angle)
    known = np.isfinite(angle)
    if not known.any():
        return heading, quality
    # features and axis keep to one direction
    odd = np.round((angle - axis.angle) / np.pi) % 2
    side = np.where(odd == 1, -1.0, 1.0)
    shape = axis.shape * side[:, None]
    tail = None if axis.tail is None else axis.tail * side
    speed = forward_speed(axis, angle, fps)
    cost = flip_cost(angle, axis.elongation, fps)
    motion = motion_evidence(speed, fps)
    turned = np.zeros(len(angle), dtype=bool)
    turned[known] = reversals(motion[known], cost)
    sign = np.where(turned, -1.0, 1.0)
    moving = known & (speed * sign > _MOVING)
    evidence = (motion + shape_evidence(shape, moving, sign, fps, tail=tail))[known]
    turned[known] = reversals(evidence, cost)
    heading[known] = np.unwrap(angle[known] + np.pi * turned[known])
    odds = log_odds(evidence, cost) * np.where(turned[known], -1.0, 1.0)
    quality[known] = np.clip(np.tanh(odds / 2), 0, 1)
    return heading, quality
