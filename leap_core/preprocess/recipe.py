"""What every alignment recipe takes and gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from leap_core.config import Track as Settings
from leap_core.errors import UserError
from leap_core.io.video import VideoInfo


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

    def signal(self, image: np.ndarray) -> np.ndarray:
        """Grey image -> signal (uint8)."""
        signal = image if self.bright else 255 - image
        return signal if self.background is None else cv2.subtract(signal, self.background)

    def beyond(self, image: np.ndarray, box: tuple[slice, slice]) -> np.ndarray:
        """A box of a grey image -> how far it lies on the other side of the floor (uint8)."""
        part = image[box] if self.bright else 255 - image[box]
        if self.background is None:
            return cv2.subtract(np.full_like(part, round(self.base)), part)
        return cv2.subtract(self.background[box], part)


@dataclass(frozen=True)
class Task:
    """What a recipe is given: the video, what is known of it, and the settings.

    Attributes:
        camera: (frame, xy) px, place of the image's corner in the arena; None = it stands still.
        kept: numbers and images of the sampled frames, once they are read.
    """

    path: Path
    info: VideoInfo
    settings: Settings
    animals: int
    fps: float
    camera: np.ndarray | None = None
    kept: list[np.ndarray] = field(default_factory=list, compare=False, repr=False)

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
