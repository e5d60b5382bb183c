"""The bodies of several animals in one frame: found, touching ones told apart, outlined."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from leap_core.preprocess import segmentation
from leap_core.preprocess.recipe import Floor
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
_COARSE = 8  # px between the pixels that tell how an image is lit
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
    signals: list[np.ndarray], level: float, opening: int, least: int, animals: int
) -> Typical:
    """What one body looks like, from the signals of sampled frames.

    Frames that show as many bodies as there are animals count, or, where few do, as many as at
    least a tenth of the frames show: the more bodies, the fewer of them are two that touch.
    """
    frames = [(s, segmentation.opened_blobs(s > level, opening, least)) for s in signals]
    counts = np.bincount([min(len(blobs), animals + 1) for _, blobs in frames])
    often = [c for c in range(1, min(animals, len(counts) - 1) + 1)
             if counts[c] >= _OFTEN * len(frames)]  # fmt: skip
    if often:
        frames = [frame for frame in frames if len(frame[1]) == often[-1]]
    areas, lengths, lights = [], [], []
    for signal, blobs in frames:
        for mask, (x, y) in blobs:
            height, width = mask.shape
            areas.append(float(mask.sum()))
            lengths.append(segmentation.ellipse(mask)[2])
            lights.append(float(np.median(signal[y : y + height, x : x + width][mask])))
    if not areas:
        return Typical(float("nan"), float("nan"), float("nan"))
    return Typical(float(np.median(areas)), float(np.median(lengths)), float(np.median(lights)))


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
    signal = evened(image, floor)
    blobs = segmentation.opened_blobs(signal > floor.threshold, opening, least)
    most = _MOST_AREA * animals * one.area
    blobs = [blob for blob in blobs if _LEAST_AREA * one.area <= blob[0].sum() <= most]
    missing = animals - len(blobs)
    found: list[_Piece] = []
    for mask, corner in sorted(blobs, key=lambda blob: -blob[0].sum()):
        count = 1
        if missing > 0:
            count = min(1 + missing, _in_blob(mask, corner, animals, one, previous))
            missing -= count - 1
        parts = told_apart(mask, corner, count, one, previous) if count > 1 else [mask]
        found += [_Piece(part, corner, count > 1) for part in parts if part.any()]
    return [_body(signal, floor, found, k, opening, one) for k in range(len(found))]


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
    pad = int(one.length / 4)
    grown = cv2.copyMakeBorder(mask.view(np.uint8), pad, pad, pad, pad, cv2.BORDER_CONSTANT)
    grown = cv2.dilate(grown, segmentation.disc(2 * pad + 1))
    middle = segmentation.ellipse(mask)[0] + corner
    there = []
    for animal in previous:
        x, y = (np.rint(animal.center - corner).astype(int) + pad).tolist()
        if 0 <= y < grown.shape[0] and 0 <= x < grown.shape[1] and grown[y, x]:
            there.append((float(np.linalg.norm(animal.center - middle)), animal.area))
    areas = [size for _, size in sorted(there)]
    while len(areas) > 1 and area < _OVERLAP * sum(areas):
        areas.pop()
    return max(len(areas), 1)


def evened(image: np.ndarray, floor: Floor) -> np.ndarray:
    """The signal of a grey frame without light that lies on most of it: lamps flicker.

    Without a background levels are absolute and nothing is taken away.
    """
    signal = floor.signal(image)
    if floor.background is None:
        return signal
    levels = np.bincount(signal[::_COARSE, ::_COARSE].ravel(), minlength=256).cumsum()
    offset = int(np.searchsorted(levels, levels[-1] / 2))  # the median
    return cv2.subtract(signal, np.full_like(signal, offset)) if offset > floor.faint else signal


def _body(
    signal: np.ndarray, floor: Floor, found: list[_Piece], k: int, opening: int, one: Typical
) -> Body:
    piece = found[k]
    pad = int(_PAD * one.length) + 2
    height, width = piece.mask.shape
    left, top = max(int(piece.corner[0]) - pad, 0), max(int(piece.corner[1]) - pad, 0)
    right, bottom = int(piece.corner[0]) + width + pad, int(piece.corner[1]) + height + pad
    part = signal[top:bottom, left:right]
    origin = np.array([left, top])
    core = _laid(piece, origin, part.shape)
    away = _distance(core)
    own = np.ones(part.shape, bool)
    others = [_laid(other, origin, part.shape) for i, other in enumerate(found) if i != k]
    if any(other.any() for other in others):  # what touches goes to the nearer body
        own = away < _distance(np.logical_or.reduce(others))
    body = _outlined(part, core, own & (away < _RIM * one.length), opening, one)
    center, angle, length, elongation, trunk = axis(part, body, floor.threshold, one)
    faint = ((part > floor.faint) | body) & own
    whole = connected(faint.view(np.uint8), body)
    return Body(
        Blob(part, trunk, whole, origin.astype(float), float(core.sum())),
        center + origin, angle, length, elongation, float(part[core].mean()), piece.split,
    )  # fmt: skip


def _laid(piece: _Piece, origin: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """A piece's mask, seen in another part of the image."""
    out = np.zeros(shape, bool)
    x, y = (piece.corner - origin).astype(int)
    height, width = piece.mask.shape
    top, left = max(y, 0), max(x, 0)
    bottom, right = min(y + height, shape[0]), min(x + width, shape[1])
    if bottom > top and right > left:
        out[top:bottom, left:right] = piece.mask[top - y : bottom - y, left - x : right - x]
    return out


def _distance(mask: np.ndarray) -> np.ndarray:
    """Distance of every pixel from a mask, px."""
    return cv2.distanceTransform((~mask).view(np.uint8), cv2.DIST_L2, 3)


def _outlined(
    part: np.ndarray, core: np.ndarray, near: np.ndarray, opening: int, one: Typical
) -> np.ndarray:
    """The body out to its edge, where its light falls to a share of the typical.

    The first threshold, made to tell animals apart, cuts off the dim end of an abdomen; a lower
    one everywhere would take in wings.  So the outline lies at the lower one, near the first.
    """
    grown = ((part > _OUTLINE * one.light) & near) | core
    opened = grown.view(np.uint8)
    if opening > 1:
        opened = cv2.morphologyEx(opened, cv2.MORPH_OPEN, segmentation.disc(opening))
    body = connected(opened, core)
    return body if body.any() else core


def connected(mask: np.ndarray, to: np.ndarray) -> np.ndarray:
    """The 8-connected parts (y, x) bool of a mask that share a pixel with another one."""
    count, labels = cv2.connectedComponents(mask, connectivity=8)
    hit = np.zeros(count, bool)
    hit[labels[to]] = True
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
    half = one.half_width
    here, angle = weight, np.inf
    for _ in range(_STRIP_ROUNDS):
        before = angle
        x, y = here @ xs / here.sum(), here @ ys / here.sum()
        dx, dy = xs - x, ys - y
        xx, yy, xy = here @ (dx * dx), here @ (dy * dy), here @ (dx * dy)
        angle = 0.5 * np.arctan2(2 * xy, xx - yy)
        across = np.abs(dy * np.cos(angle) - dx * np.sin(angle))
        here = weight * np.clip(1.5 - across / half, 0, 1)
        if not here.any():
            here = weight
        elif abs(angle - before) < _RESTS:
            break
    trunk = body.copy()
    trunk[ys, xs] = across <= 1.5 * half
    center, _, length, elongation = segmentation.ellipse(trunk)
    return center, float(angle), length, elongation, trunk


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
    points = np.column_stack([xs, ys]).astype(float)
    seen = points[:: max(1, len(points) // _MOST_PIXELS)]
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
        share = np.exp(-0.5 * (distance - distance.min(1, keepdims=True)))
        share /= share.sum(1, keepdims=True)
        for k, weight in enumerate(share.T):
            if weight.sum() >= 1:
                centers[k] = weight @ seen / weight.sum()
                x, y = (seen - centers[k]).T
                xx, yy, xy = (weight @ v for v in (x * x, y * y, x * y))
                angles[k] = 0.5 * np.arctan2(2 * xy, xx - yy)
    owner = _far(points, centers, angles, *spread).argmin(1)
    out = []
    for k in range(count):
        part = np.zeros(mask.shape, bool)
        part[ys[owner == k], xs[owner == k]] = True
        out.append(part)
    return out


def _far(points: np.ndarray, centers, angles, long: float, wide: float) -> np.ndarray:
    """Squared distances (point, animal) in standard deviations of an ellipse."""
    offset = points[:, None] - centers
    cos, sin = np.cos(angles), np.sin(angles)
    along = offset[..., 0] * cos + offset[..., 1] * sin
    across = offset[..., 1] * cos - offset[..., 0] * sin
    return (along / long) ** 2 + (across / wide) ** 2
