"""What is exported: the poses of a video's animals, or labeled images, in one frame of reference.

Writers of formats get nothing else.  Pixels count from the middle of the first one: the middle of
the pixel in column 10 of row 20 is (10, 20), as in every array of the pipeline; a format with
another origin moves its points itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from leap_core.skeleton import Skeleton

# frame of reference -> unit of its coordinates
REFERENCES = {"video": "px", "video mm": "mm", "egocentric": "px", "egocentric mm": "mm"}
HIDDEN, COVERED, SEEN = 0, 1, 2  # as in COCO: no place, placed but covered, visible


@dataclass(frozen=True)
class PoseSet:
    """Poses of all exported animals of one video, one row a frame of the video from its first on.

    Attributes:
        positions: (frame, animal, part, axis) x, y or x, y, z; NaN = not there.
        confidence: (frame, animal, part) 0 to 1; NaN = unknown, as where there is no position.
        skeleton: its parts are in the order of the arrays.
        animals: recording of each animal.
        reference: a key of ``REFERENCES``; egocentric: the crop's pixels, head along +x.
        fps: frames per second; NaN = unknown.
        px_per_mm: scale of the video; NaN = unknown.
        video: the film, from the working folder; None where there is none.
        name: the film's id in the config, or what stands for it.
        width, height: of the film's frames (of the crops where egocentric), px; 0 = unknown.
    """

    positions: np.ndarray
    confidence: np.ndarray
    skeleton: Skeleton
    animals: tuple[str, ...]
    reference: str = "video"
    fps: float = float("nan")
    px_per_mm: float = float("nan")
    video: Path | None = None
    name: str = ""
    width: int = 0
    height: int = 0

    @property
    def units(self) -> str:
        """``px`` or ``mm``."""
        return REFERENCES[self.reference]


@dataclass(frozen=True)
class LabeledImage:
    """One image and the animals that are labeled in it.

    Attributes:
        read: gives its pixels, (y, x) or (y, x, channel) uint8; reads a file when called.
        width, height: px.
        name: the film's id, or what stands for it: also the folder where a format has folders.
        frame: number in the film, from 0.
        video: the film, from the working folder; None where there is none (an image of its own).
        positions: (animal, part, xy) px; NaN = no place.
        visible: (animal, part) HIDDEN, COVERED or SEEN.
        animals: recording of each animal.
    """

    read: Callable[[], np.ndarray]
    width: int
    height: int
    name: str
    frame: int
    video: Path | None
    positions: np.ndarray
    visible: np.ndarray
    animals: tuple[str, ...]


@dataclass(frozen=True)
class LabelImages:
    """Labeled images of one skeleton, ordered by film and frame.

    Attributes:
        reference: ``video`` (whole frames of films) or ``egocentric`` (crops).
    """

    images: tuple[LabeledImage, ...]
    skeleton: Skeleton
    reference: str = "video"
    px_per_mm: float = float("nan")
