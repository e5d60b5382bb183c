"""Some whole frames of a video."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from leap_core.containers.base import Container, array


@dataclass(frozen=True)
class Stills(Container):
    """Frames at a fixed stride over a whole video, from which its floor is learned."""

    FORMAT: ClassVar[str] = "leap-stills/1"
    images: np.ndarray = array("sample", "y", "x", units="grey level", dtype="u1")
    frame: np.ndarray = array("sample", dtype="i4", doc="their numbers in the video")
