"""What every alignment recipe takes and gives."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from leap_core.config import Track as Settings
from leap_core.containers import Stills
from leap_core.errors import UserError
from leap_core.io.video import VideoInfo

Box = tuple[slice, slice]
WHOLE: Box = (slice(None), slice(None))
_COARSE = 8  # px between the pixels that tell how an image is lit


def over(signal: np.ndarray, level: float) -> np.ndarray:
    """``signal > level`` of uint8 as bool, without making floats of them."""
    if level < 0:
        return np.ones(signal.shape, bool)
    return signal > np.uint8(min(math.floor(level), 255))


@dataclass(frozen=True)
class Floor:
    """What separates animal from floor in one video.

    Attributes:
        background: (y, x) uint8 signal of the empty floor, or None (not subtracted).
        threshold: signal level above which a pixel belongs to the body.
        faint: lower level that also takes in wings, legs, or a tail.
        bright: the animal is brighter than the floor.
        base: signal level of the floor; 0 where the background is subtracted.
    """

    background: np.ndarray | None
    threshold: float
    faint: float
    bright: bool
    base: float = 0.0

    def signal(self, image: np.ndarray, box: Box = WHOLE) -> np.ndarray:
        """A box of a grey image -> signal (uint8)."""
        signal = image[box] if self.bright else cv2.bitwise_not(image[box])
        if self.background is None:
            return signal
        return cv2.subtract(signal, self.background[box])

    def above(self, image: np.ndarray, offset: int = 0) -> np.ndarray:
        """Where the signal of a grey image is above the threshold, and so much more: (y, x) bool.

        As ``signal(image) > threshold + offset``, in one comparison.
        """
        level = math.floor(self.threshold) + offset
        if self.background is None or not 0 <= level < 255:
            return over(self.signal(image), level)
        limit = self._limit(level)
        return image > limit if self.bright else image < limit

    def _limit(self, level: int) -> np.ndarray:
        """Grey levels (y, x) beyond which the signal is above a level."""
        assert self.background is not None
        if level not in self._limits:
            self._limits.clear()  # a lamp that flickers gives a few levels in turns
            limit = cv2.add(self.background, np.full_like(self.background, level))
            self._limits[level] = limit if self.bright else cv2.bitwise_not(limit)
        return self._limits[level]

    def coarse(self, image: np.ndarray) -> np.ndarray:
        """The signal of every eighth pixel of every eighth row, for how an image is lit."""
        part = np.ascontiguousarray(image[::_COARSE, ::_COARSE])
        part = part if self.bright else cv2.bitwise_not(part)
        return part if self._sparse is None else cv2.subtract(part, self._sparse)

    @functools.cached_property
    def _sparse(self) -> np.ndarray | None:
        if self.background is None:
            return None
        return np.ascontiguousarray(self.background[::_COARSE, ::_COARSE])

    @functools.cached_property
    def _limits(self) -> dict[int, np.ndarray]:
        return {}

    def beyond(self, image: np.ndarray, box: Box) -> np.ndarray:
        """A box of a grey image -> how far it lies on the other side of the floor (uint8)."""
        part = image[box] if self.bright else cv2.bitwise_not(image[box])
        if self.background is None:
            return cv2.subtract(np.full_like(part, round(self.base)), part)
        return cv2.subtract(self.background[box], part)


@dataclass(frozen=True)
class Task:
    """What a recipe is given: the video, what is known of it, and the settings.

    Attributes:
        camera: (frame, xy) px, place of the image's corner in the arena; None = it stands still.
        readable: (frame,) bool, frames that can be decoded; None = nobody has tried.
        kept: the sampled frames, once they are read.
    """

    path: Path
    info: VideoInfo
    settings: Settings
    animals: int
    fps: float
    camera: np.ndarray | None = None
    readable: np.ndarray | None = None
    kept: list[Stills] = field(default_factory=list, compare=False, repr=False)

    def one_animal(self) -> None:
        """UserError when the recipe, which follows a single animal, is asked for more."""
        if self.animals > 1:
            raise UserError(
                f"{self.path}: track.recipe {self.settings.recipe!r} follows one animal, "
                f"`animals` is {self.animals}; use a recipe for several or set `animals: 1`"
            )

    def in_arena(self, points: np.ndarray) -> np.ndarray:
        """Video points (frame, xy) px as arena points, which tell how the animal moves."""
        return points if self.camera is None else points + self.camera


@dataclass(frozen=True)
class Detection:
    """What a recipe gives: arrays as in :class:`leap_core.containers.Track`, NaN = not found.

    Attributes:
        centroid: (animal, frame, xy) px of the video.
        heading: (animal, frame) rad, continuous, tail to head.
        valid: (animal, frame); area: (animal, frame) px^2; quality: (animal, frame) 0..1.
        floor: what tells the animals' pixels from the others; None = it was not learned.
        crowded: share of frames that show more animals than asked for; NaN = not looked for.
        unnamed: share of frames in which who is who is less than 90 % sure.
        length, width: (animal, frame) px, axes of the body's ellipse; None = not measured.
        tail: (animal, frame, xy) px of the video, where its tail begins; None = not looked for.
    """

    centroid: np.ndarray
    heading: np.ndarray
    valid: np.ndarray
    area: np.ndarray
    quality: np.ndarray
    floor: Floor | None = None
    crowded: float = float("nan")
    unnamed: float = 0.0
    length: np.ndarray | None = None
    width: np.ndarray | None = None
    tail: np.ndarray | None = None
