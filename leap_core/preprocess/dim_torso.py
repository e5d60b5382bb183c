"""A mouse with a dim torso and bright paws, nose and tail, as a floor of glass shows it from below.

There the brightest piece is a paw, and the belly may be a few grey levels from the floor.  The
torso is the middle of what moves together: everything off the floor, gaps closed, then opened.
Pictures are shrunk until a torso is a few dozen pixels wide.  That averages noise away, so that
a level of two or three grey values is safe, and all sizes are shares of that width.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from leap_core.preprocess import segmentation
from leap_core.preprocess.background import posterior_level
from leap_core.preprocess.recipe import Floor
from leap_core.preprocess.segmentation import Blob

_WIDTH = 36.0  # px of a torso in the shrunk picture; smaller animals stay as they are
_BLUR = 0.028  # of the torso's width, standard deviation
_CLOSED = 0.35  # of it: gaps between belly and paws
_TIGHT = 0.12  # of it: gaps in a belly that shows
_OPENED = 0.6  # of it: tail, paws and ears are narrower
_LEAST_LEVEL = 2.5  # grey levels of the shrunk picture: steps of compression
_GLARE = 0.1  # of the floor's own light: what lies on a bright rim or window wavers with it
_PALE = 0.3  # of the belly's light, where it is dim: soft shadows and reflections are paler
_START = 1.5  # times the root of the area: wider than any torso
_ROUNDS = 8
_RESTS = 0.05  # of the width, between rounds
_AROUND = 3.0  # of it: larger than an animal that sits
_LIMB = 0.2  # of it: wider than a tail or a toe
_HALF = 0.5  # of the torso is covered by its bright pieces, or of those is in one: else it is dim
_PIECE = 0.7  # of the floor's threshold: a bright piece, blurred
_TAIL = 0.25  # of it: a tail, blurred, and no glare
_LONG = 1.2  # of the torso's width: a bright piece so long is a tail, no paw
_FEW = 1e-3  # weight of other light, for frames without a bright piece
_COARSE = 4  # px between the pixels that tell how an image is lit


@dataclass(frozen=True)
class Look:
    """How a dim torso is found.

    Attributes:
        floor: of the video; background: (y, x) float32, the same, shrunk.
        width: of the torso, px of the video.
        level: grey levels off the shrunk floor, above which a pixel is the animal's.
    """

    floor: Floor
    background: np.ndarray
    width: float
    level: float

    @property
    def scale(self) -> float:
        """Pixels of the shrunk picture for each of the video."""
        return min(1.0, _WIDTH / self.width)

    @property
    def opening(self) -> int:
        """Diameter of the opening that leaves the torso, px of the shrunk picture."""
        return self.size(_OPENED)

    @property
    def faint(self) -> float:
        """Grey levels off the floor of the faintest of the bright pieces: a tail, blurred."""
        return _TAIL * self.floor.threshold

    def size(self, share: float) -> int:
        """A share of the torso's width as odd diameter, px of the shrunk picture."""
        return max(1, int(share * self.width * self.scale) | 1)

    def in_video(self, points: np.ndarray) -> np.ndarray:
        """Points (..., xy) of the shrunk picture as px of the video; pixels' middles are whole."""
        return (points + 0.5) / self.scale - 0.5

    def signal(self, image: np.ndarray) -> np.ndarray:
        """Grey image -> (y, x) float32, shrunk: how far off the floor, without the lamp's flicker.

        More than half of a picture is floor, so its median is what the lamp does.
        """
        signal = _shrunk(image if self.floor.bright else 255 - image, self.width)
        signal -= self.background
        return signal - np.median(signal[::_COARSE, ::_COARSE])


def learn(samples: np.ndarray, floor: Floor, least: int) -> Look | None:
    """How to find the torso, if it is dim; None where what is above the threshold is the torso.

    The width is learned from above: a guess that is too wide closes too much and finds less, until
    the width that goes in comes out.

    Args:
        samples: (sample, y, x) uint8; floor: with its background; least: px^2 of an animal.
    """
    signals = [floor.signal(image) for image in samples]
    areas = [_moving(signal, floor) for signal in signals]
    areas = [area for area in areas if area >= least]
    if not areas:
        return None
    width = _START * float(np.sqrt(np.median(areas)))
    for _ in range(_ROUNDS):
        look = _at_width(samples, floor, width)
        found = [blob for image in samples if (blob := torso(image, look)) is not None]
        if not found:
            return None
        before, width = width, float(np.median([_wide(blob) for blob in found])) / look.scale
        if abs(width - before) <= _RESTS * before:
            break
    look = _at_width(samples, floor, width)
    return look if _dim(samples, signals, look) else None


def _at_width(samples: np.ndarray, floor: Floor, width: float) -> Look:
    assert floor.background is not None
    look = Look(floor, _shrunk(floor.background, width), width, _LEAST_LEVEL)
    signals = [look.signal(image) for image in samples]
    # three quarters of a normal's values lie within 1.15 standard deviations, animals are rarer
    sigma = float(np.median([np.quantile(np.abs(s[::_COARSE, ::_COARSE]), 0.75) for s in signals]))
    level = max(_LEAST_LEVEL, posterior_level(max(sigma / 1.15, 0.1)))
    look = Look(floor, look.background, width, level)
    lights = []
    for image in samples:
        blob = torso(image, look)
        if blob is not None:
            lights.append(float(np.median(blob.signal[blob.body])))
    pale = _PALE * float(np.quantile(lights, 0.25)) if lights else 0.0
    return Look(floor, look.background, width, max(level, pale))


def _shrunk(signal: np.ndarray, width: float) -> np.ndarray:
    scale = min(1.0, _WIDTH / width)
    small: np.ndarray = signal.astype(np.float32)
    if scale < 1:
        small = cv2.resize(small, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return cv2.GaussianBlur(small, (0, 0), max(_BLUR * width * scale, 0.3))


def _moving(signal: np.ndarray, floor: Floor) -> float:
    """Area of all faint blobs in which something is above the threshold, px^2."""
    faint = (signal > floor.faint).view(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(faint, connectivity=8)
    own = np.unique(labels[signal > floor.threshold])
    return float(stats[own[own > 0], cv2.CC_STAT_AREA].sum())


def _wide(blob: Blob) -> float:
    """Short axis of the torso's ellipse, px of the shrunk picture."""
    return 4 * float(blob.body.sum()) / (np.pi * segmentation.ellipse(blob.body)[2])


def _dim(samples: np.ndarray, signals: list[np.ndarray], look: Look) -> bool:
    """Whether what is above the floor's threshold is scattered pieces of an animal, no torso.

    A compact torso that lies in a large soft shadow fills little of both, and paws that touch a
    tail are one piece, so either alone would not tell.  An animal that sits is part of the floor
    and only its limbs move: what the floor has more than the floor around it counts too.
    """
    around = look.size(_AROUND)
    floor = np.clip(look.background, 0, 255).astype(np.uint8)
    lift = cv2.subtract(floor, cv2.medianBlur(floor, around)).astype(np.float32)
    filled, compact = [], []
    for image, signal in zip(samples, signals, strict=True):
        blob = torso(image, look)
        if blob is None:
            continue
        above = signal.astype(np.float32)
        above = cv2.resize(above, look.background.shape[::-1], interpolation=cv2.INTER_AREA) + lift
        x, y = blob.corner.astype(int)
        height, width = blob.body.shape
        own = (above[y : y + height, x : x + width] > look.floor.threshold) & blob.whole
        opened = cv2.morphologyEx(
            own.view(np.uint8), cv2.MORPH_OPEN, segmentation.disc(look.size(_LIMB))
        )
        stats = cv2.connectedComponentsWithStats(opened, connectivity=8)[2]
        largest = int(stats[1:, cv2.CC_STAT_AREA].max()) if len(stats) > 1 else 0
        filled.append(float(own[blob.body].mean()))
        compact.append(largest / max(int(own.sum()), 1))
    return bool(filled) and max(float(np.median(filled)), float(np.median(compact))) < _HALF


def torso(image: np.ndarray, look: Look, least_px: int = 1) -> Blob | None:
    """The animal in one grey frame, in px of the shrunk picture; None if none is large enough.

    Of several things that move, the animal is the one with the most bright pieces: the shade of
    someone who walks by has none, though it may be larger.
    """
    signal = look.signal(image)
    least = np.maximum(look.level, _GLARE * look.background)
    pad = look.size(_CLOSED)
    above = cv2.copyMakeBorder(
        (signal > least).view(np.uint8), pad, pad, pad, pad, cv2.BORDER_CONSTANT
    )
    closed = cv2.morphologyEx(above, cv2.MORPH_CLOSE, segmentation.disc(pad))[pad:-pad, pad:-pad]
    bright = signal * (_FEW + (signal > _PIECE * look.floor.threshold))
    whole = _brightest(np.ascontiguousarray(closed), bright)
    if whole is None:
        return None
    area = float(whole.sum())
    if not least_px * look.scale**2 <= area <= segmentation.LARGEST_SHARE * whole.size:
        return None
    ys, xs = np.flatnonzero(whole.any(1)), np.flatnonzero(whole.any(0))
    room = look.opening
    top, left = max(ys[0] - room, 0), max(xs[0] - room, 0)
    box = slice(top, ys[-1] + room + 1), slice(left, xs[-1] + room + 1)
    part, own = signal[box], whole[box].copy()
    fur = own & ~_bay((part > least[box]) & own, part, look)
    opened = cv2.morphologyEx(fur.view(np.uint8), cv2.MORPH_OPEN, segmentation.disc(room))
    body = _brightest(opened, part)
    body = own if body is None else body
    # outside of the torso only bright pieces count: no gap that was closed, and no glare
    whole = body | (own & (part > look.faint))
    light = np.clip(part, 0, 255).astype(np.uint8)
    corner = np.array([left, top], dtype=float)
    return Blob(light, body, whole, corner, area)


def _bay(shows: np.ndarray, signal: np.ndarray, look: Look) -> np.ndarray:
    """What lies between the hips and a tail that bends back to them, (y, x) bool: it is floor.

    Gaps in a belly are closed, and these are as narrow; but they are wider than a belly's, where
    that shows, and lie beside a tail: a thin bright piece that is too long for a paw.
    """
    ridge = cv2.morphologyEx(signal, cv2.MORPH_TOPHAT, segmentation.disc(look.opening))
    bright = (ridge > _PIECE * look.floor.threshold).view(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(bright, connectivity=8)
    long = np.hypot(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    tails = long > _LONG * look.width * look.scale
    tails[0] = False
    near = cv2.dilate(tails[labels].view(np.uint8), segmentation.disc(2 * look.size(_CLOSED) - 1))
    tight = segmentation.disc(look.size(_TIGHT))
    return (near > 0) & (cv2.morphologyEx(shows.view(np.uint8), cv2.MORPH_CLOSE, tight) == 0)


def _brightest(mask: np.ndarray, signal: np.ndarray) -> np.ndarray | None:
    """The 8-connected component with the most signal, (y, x) bool; None if there is none."""
    count, labels = cv2.connectedComponents(mask, connectivity=8)
    if count < 2:
        return None
    light = np.bincount(labels.ravel(), np.maximum(signal, 0).ravel(), count)
    return labels == 1 + int(np.argmax(light[1:]))
