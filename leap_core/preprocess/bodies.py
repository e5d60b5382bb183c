"""The bodies of several animals in one frame: found, touching ones told apart, outlined."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from leap_core.preprocess import components, segmentation
from leap_core.preprocess.recipe import WHOLE, Box, Floor, over
from leap_core.preprocess.segmentation import Blob

_OVERLAP = 0.75  # of the areas of animals that touch: less is one of them alone
_MERGED_UNSEEN = 1.7  # of a body's typical area: two that touch, where not all have been seen
_OFTEN = 0.1  # of the sampled frames
_ROUNDS = 15  # of the mixture that tells them apart
_MOST_PIXELS = 4000  # of a blob that the mixture looks at
# of half a body's width: standard deviation across it, in the mixture.  Half would be that of an
# ellipse, but bodies that lie on one another are a broader thing, which narrower ellipses fill by
# lying askew
_ACROSS = 0.65
_LEAST_AREA = 0.35  # of the typical area: less is a part of a body, or dirt
_MOST_AREA = 2.5  # of the typical area, for each animal: more is no animal, but light or a hand
_PAD = 0.9  # of a body's length, around it, for wings
_OUTLINE = 0.45  # of a body's typical light: its edge
_RIM = 0.12  # of a body's length: how far the outline may lie outside of the first threshold
_STRIP_ROUNDS = 12
_RESTS = 1e-4  # rad between rounds
_LIGHT = 0.5  # of the first threshold: less light has no weight for the axis


@dataclass(frozen=True)
class Typical:
    """Body of one animal, medians over sampled frames: area (px^2), length (px), light (grey)."""

    area: float
    length: float
    light: float

    @property
    def half_width(self) -> float:
        """Half the short axis of the ellipse of this area and length, px."""
        return 2 * self.area / (np.pi * self.length)


@dataclass(frozen=True)
class Body:
    """One animal in one frame.

    Attributes:
        blob: its pixels; :class:`segmentation.Blob`.
        center: (x, y) px of the image; angle: rad, modulo pi; length: px; elongation: 0..1.
        light: mean signal of the body.
        split: it was cut from a blob of several animals.
    """

    blob: Blob
    center: np.ndarray
    angle: float
    length: float
    elongation: float
    light: float
    split: bool = False


@dataclass(frozen=True)
class Previous:
    """Where an animal should be by the frames before: (x, y) px, rad; its typical area, px^2."""

    center: np.ndarray
    angle: float
    area: float


@dataclass(frozen=True)
class _Piece:
    """A body above the first threshold: mask of a box, the box's corner (x, y), told apart?"""

    mask: np.ndarray
    corner: np.ndarray
    split: bool


def typical(
    signals: Iterable[np.ndarray], level: float, opening: int, least: int, animals: int
) -> Typical:
    """What one body looks like, from the signals of sampled frames.

    Frames that show as many bodies as there are animals count, or, where few do, as many as at
    least a tenth of the frames show: the more bodies, the fewer of them are two that touch.
    """
    frames = [
        [_looks(signal, *blob) for blob in segmentation.opened_blobs(
            over(signal, level), opening, least)]
        for signal in signals
    ]  # fmt: skip
    counts = np.bincount([min(len(blobs), animals + 1) for blobs in frames])
    often = [c for c in range(1, min(animals, len(counts) - 1) + 1)
             if counts[c] >= _OFTEN * len(frames)]  # fmt: skip
    if often:
        frames = [blobs for blobs in frames if len(blobs) == often[-1]]
    looks = [look for blobs in frames for look in blobs]
    if not looks:
        return Typical(float("nan"), float("nan"), float("nan"))
    return Typical(*(float(np.median(values)) for values in zip(*looks, strict=True)))


def _looks(signal: np.ndarray, mask: np.ndarray, corner: np.ndarray) -> tuple[float, float, float]:
    """Area, length and light of a blob."""
    (x, y), (height, width) = corner, mask.shape
    light = np.median(signal[y : y + height, x : x + width][mask])
    return float(mask.sum()), segmentation.ellipse(mask)[2], float(light)


def find(
    image: np.ndarray, floor: Floor, opening: int, least: int, animals: int, one: Typical,
    previous: list[Previous],
) -> list[Body]:  # fmt: skip
    """All bodies of a grey frame, touching ones told apart.

    Args:
        animals: how many there are; blobs are not split into more.
        previous: the animals that were seen of late, by which touching ones are told apart.

    Returns:
        Bodies, the largest blob's first; maybe fewer or more than there are animals.
    """
    lamp = light(image, floor)
    most = _MOST_AREA * animals * one.area
    blobs = [
        (np.count_nonzero(mask), mask, corner)
        for mask, corner in segmentation.opened_blobs(floor.above(image, lamp), opening, least)
    ]
    blobs = [blob for blob in blobs if _LEAST_AREA * one.area <= blob[0] <= most]
    missing = animals - len(blobs)
    found: list[_Piece] = []
    for _, mask, corner in sorted(blobs, key=lambda blob: -blob[0]):
        count = 1
        if missing > 0:
            count = min(1 + missing, _in_blob(mask, corner, animals, one, previous))
            missing -= count - 1
        parts = told_apart(mask, corner, count, one, previous) if count > 1 else [mask]
        found += [_Piece(part, corner, count > 1) for part in parts if part.any()]
    return [_body(image, lamp, floor, found, k, opening, one) for k in range(len(found))]


def _in_blob(
    mask: np.ndarray, corner: np.ndarray, animals: int, one: Typical,
    previous: list[Previous],
) -> int:  # fmt: skip
    """How many animals one blob holds.

    As many as were last seen there, if it is known where all are; else by its area alone.
    """
    area = float(mask.sum())
    if len(previous) < animals:
        return round(area / one.area) if area > _MERGED_UNSEEN * one.area else 1
    near = segmentation.disc(2 * int(one.length / 4) + 1)
    middle = segmentation.ellipse(mask)[0] + corner
    there = []
    for animal in previous:
        place = np.rint(animal.center).astype(int)
        around = segmentation.laid(mask, corner, place - near.shape[0] // 2, near.shape)
        if (around & near.view(bool)).any():
            there.append((float(np.linalg.norm(animal.center - middle)), animal.area))
    areas = [size for _, size in sorted(there)]
    while len(areas) > 1 and area < _OVERLAP * sum(areas):
        areas.pop()
    return max(len(areas), 1)


def evened(image: np.ndarray, floor: Floor, box: Box = WHOLE) -> np.ndarray:
    """The signal of a box of a grey frame without light that lies on most of the frame.

    Lamps flicker.  Without a background levels are absolute and nothing is taken away.
    """
    return _dimmed(floor.signal(image, box), light(image, floor))


def light(image: np.ndarray, floor: Floor) -> int:
    """Light that lies on most of a frame, grey levels; 0 if it is none to speak of."""
    if floor.background is None:
        return 0
    part = floor.coarse(image)
    if 2 * np.count_nonzero(over(part, floor.faint)) <= part.size:
        return 0
    upto = np.bincount(part.ravel(), minlength=256).cumsum()
    median = int(np.searchsorted(upto, upto[-1] / 2))
    return median if median > floor.faint else 0


def _dimmed(signal: np.ndarray, lamp: int) -> np.ndarray:
    return cv2.subtract(signal, np.full_like(signal, lamp)) if lamp else signal


def _body(
    image: np.ndarray, lamp: int, floor: Floor, found: list[_Piece], k: int, opening: int,
    one: Typical,
) -> Body:  # fmt: skip
    piece = found[k]
    box = _around(piece, int(_PAD * one.length) + 2)
    origin = np.array([box[1].start, box[0].start])
    part = np.ascontiguousarray(_dimmed(floor.signal(image, box), lamp))
    core = segmentation.laid(piece.mask, piece.corner, origin, part.shape)
    others = [
        segmentation.laid(other.mask, other.corner, origin, part.shape)
        for i, other in enumerate(found) if i != k
    ]  # fmt: skip
    own = None  # all of it
    if any(other.any() for other in others):  # what touches goes to the nearer body
        own = _distance(core) < _distance(np.logical_or.reduce(others))
    # all that is told of the body is near it
    inner = _around(piece, int(_RIM * one.length) + 2)
    start = np.array([inner[1].start, inner[0].start])
    top, left = start[1] - origin[1], start[0] - origin[0]
    near = slice(top, inner[0].stop - origin[1]), slice(left, inner[1].stop - origin[0])
    body = _outlined(part[near], core[near], None if own is None else own[near], opening, one)
    center, angle, length, elongation, trunk = axis(part[near], body, floor.threshold, one)
    faint = over(part, floor.faint)
    faint[near] |= body
    if own is not None:
        faint &= own
    whole = connected(faint.view(np.uint8), segmentation.laid(body, start, origin, part.shape))
    trunk = segmentation.laid(trunk, start, origin, part.shape)
    light = cv2.mean(part[near], core[near].view(np.uint8))[0]
    return Body(
        Blob(part, trunk, whole, origin.astype(float), float(np.count_nonzero(core))),
        center + start, angle, length, elongation, light, piece.split,
    )  # fmt: skip


def _around(piece: _Piece, pad: int) -> Box:
    """A box of the image around a piece; it may reach out of the image."""
    (x, y), (height, width) = piece.corner.tolist(), piece.mask.shape
    return slice(max(y - pad, 0), y + height + pad), slice(max(x - pad, 0), x + width + pad)


def _distance(mask: np.ndarray) -> np.ndarray:
    """Distance of every pixel from a mask, px."""
    return cv2.distanceTransform((~mask).view(np.uint8), cv2.DIST_L2, 3)


def _outlined(
    part: np.ndarray, core: np.ndarray, own: np.ndarray | None, opening: int, one: Typical
) -> np.ndarray:
    """The body out to its edge, where its light falls to a share of the typical.

    The first threshold, made to tell animals apart, cuts off the dim end of an abdomen; a lower
    one everywhere would take in wings.  So the outline lies at the lower one, near the first.

    Args:
        own: (y, x) bool, pixels that are no other animal's; None = all.
    """
    grown = over(part, _OUTLINE * one.light) & (_distance(core) < _RIM * one.length)
    if own is not None:
        grown &= own
    opened = (grown | core).view(np.uint8)
    if opening > 1:
        opened = cv2.morphologyEx(opened, cv2.MORPH_OPEN, segmentation.disc(opening))
    body = connected(opened, core)
    return body if body.any() else core


def connected(mask: np.ndarray, to: np.ndarray) -> np.ndarray:
    """The 8-connected parts (y, x) bool of a mask that share a pixel with another one.

    Args:
        mask: (y, x) uint8, 0 or 1; to: (y, x) bool.
    """
    count, labels = components.labeled(mask)
    found = labels[to]
    one = int(found.max(initial=0))
    if one and not found[found != one].any():  # the usual case, many times as fast
        return mask.view(bool) if count == 2 else labels == one
    hit = np.zeros(count, bool)
    hit[found] = True
    hit[0] = False
    return hit[labels]


def axis(
    part: np.ndarray, body: np.ndarray, level: float, one: Typical
) -> tuple[np.ndarray, float, float, float, np.ndarray]:
    """Centre (x, y), angle, length and elongation of a trunk, and its mask.

    An extended wing can be as bright as the abdomen and as long.  The angle is that of the second
    moments of squared light in a strip as wide as a body, which is laid along that angle again
    until it rests; the centre is that of the outline in that strip.
    """
    ys, xs = np.nonzero(body)
    weight = np.maximum(part[ys, xs].astype(float) - _LIGHT * level, 1e-3) ** 2
    powers = _powers(xs, ys)
    half = one.half_width
    here, angle = weight, np.inf
    for _ in range(_STRIP_ROUNDS):
        before = angle
        x, y, angle = _laid_along(powers @ here)
        cos, sin = math.cos(angle), math.sin(angle)
        across = np.abs(powers[2] * cos - powers[1] * sin - (y * cos - x * sin))
        here = weight * np.maximum(np.minimum(1.5 - across / half, 1), 0)
        if not here.any():
            here = weight
        elif abs(angle - before) < _RESTS:
            break
    trunk = body.copy()
    trunk[ys, xs] = across <= 1.5 * half
    center, _, length, elongation = segmentation.ellipse(trunk)
    return center, float(angle), length, elongation, trunk


def _powers(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(6, point) 1, x, y, x^2, y^2, x y: their weighted sums are moments."""
    x, y = x.astype(float), y.astype(float)
    return np.stack([np.ones(len(x)), x, y, x * x, y * y, x * y])


def _laid_along(sums: np.ndarray) -> tuple[float, float, float]:
    """Middle x, y and the angle of the long axis, rad, from weighted sums of :func:`_powers`."""
    x, y, xx, yy, xy = (float(value) for value in sums[1:] / sums[0])
    return x, y, 0.5 * math.atan2(2 * (xy - x * y), (xx - x * x) - (yy - y * y))


def told_apart(
    mask: np.ndarray, corner: np.ndarray, count: int, one: Typical,
    previous: list[Previous],
) -> list[np.ndarray]:  # fmt: skip
    """Masks of the animals in one blob: a mixture of as many ellipses, all of one animal's size.

    It starts where the animals were (the nearest ones of ``previous``), or, for lack of those, from
    points spread along the blob's long axis.  The ellipses keep the typical length and width, so
    that none grows over its neighbour; only place and angle are learned.
    """
    ys, xs = np.nonzero(mask)
    points = _powers(xs, ys)
    seen = np.ascontiguousarray(points[:, :: max(1, len(xs) // _MOST_PIXELS)])
    middle, angle, length, _ = segmentation.ellipse(mask)
    near = sorted(previous, key=lambda item: np.linalg.norm(item.center - corner - middle))[:count]
    if len(near) == count:
        centers = np.array([item.center - corner for item in near])
        angles = np.array([item.angle for item in near])
    else:
        offsets = (np.arange(count) - (count - 1) / 2) * length / count
        centers = middle + offsets[:, None] * np.array([np.cos(angle), np.sin(angle)])
        angles = np.full(count, angle)
    spread = one.length / 4, max(_ACROSS * one.half_width, 1.0)
    for _ in range(_ROUNDS):
        distance = _far(seen, centers, angles, *spread)
        share = np.exp(-0.5 * (distance - distance.min(0)))
        share /= share.sum(0)
        for k, sums in enumerate(share @ seen.T):
            if sums[0] >= 1:
                *centers[k], angles[k] = _laid_along(sums)
    owner = _far(points, centers, angles, *spread).argmin(0)
    out = []
    for k in range(count):
        part = np.zeros(mask.shape, bool)
        part[ys[owner == k], xs[owner == k]] = True
        out.append(part)
    return out


def _far(points: np.ndarray, centers, angles, long: float, wide: float) -> np.ndarray:
    """Squared distances (animal, point) in standard deviations of an ellipse.

    Args:
        points: as of :func:`_powers`.
    """
    cos, sin = np.cos(angles), np.sin(angles)
    xx, yy = (cos / long) ** 2 + (sin / wide) ** 2, (sin / long) ** 2 + (cos / wide) ** 2
    xy = 2 * cos * sin * (1 / long**2 - 1 / wide**2)
    x, y = centers[:, 0], centers[:, 1]
    constant = xx * x * x + yy * y * y + xy * x * y
    return np.stack([constant, -2 * xx * x - xy * y, -2 * yy * y - xy * x, xx, yy, xy], 1) @ points
