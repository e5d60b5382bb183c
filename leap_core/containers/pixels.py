"""The map of pixels, and how it compares with the one of poses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from leap_core.containers.base import (
    NAN,
    Container,
    array,
    attribute,
)


@dataclass(frozen=True)
class PixelBasis(Container):
    """Principal components of Radon-transformed crops, and all that it takes to apply them.

    The score of an image is the sum of its filter times the shrunk, brightness-corrected image,
    minus the sum of its component times ``mean``.
    """

    FORMAT: ClassVar[str] = "leap-pixel-basis/1"
    variance: np.ndarray = array("angle", "offset", doc="of every Radon pixel over the frames")
    kept: np.ndarray = array("pixel", dtype="i8", doc="Radon pixels used: angle * offsets + offset")
    mean: np.ndarray = array("pixel", dtype="f8", doc="of the kept Radon pixels")
    components: np.ndarray = array("mode", "pixel", dtype="f8", doc="unit norm")
    explained: np.ndarray = array("mode", dtype="f8", doc="share of the kept pixels' variance")
    filters: np.ndarray = array("mode", "y", "x", doc="back-projection of the components")
    pictures: np.ndarray = array(
        "mode", "y", "x", doc="change of the shrunk image with a score of one standard deviation"
    )
    size: int = attribute(0, "side of the crops, px")
    frames: int = attribute(0, "frames that fitted the modes")
    spread: float = attribute(NAN, "standard deviation of the first mode's scores")
    kept_variance: float = attribute(NAN, "share of the Radon pixels' variance that is kept")
    note: str = attribute("", "why there are fewer modes than wanted")


@dataclass(frozen=True)
class MapComparison(Container):
    """Two labelings of the same frames: regions of the map of poses and of the map of pixels."""

    FORMAT: ClassVar[str] = "leap-map-comparison/1"
    joint: np.ndarray = array(
        "pixel_region", "pose_region", dtype="f8", doc="share of the frames in regions of both maps"
    )
    pixel_order: np.ndarray = array(
        "pixel_region", dtype="i4", doc="region numbers, sorted so that the structure shows"
    )
    pose_order: np.ndarray = array("pose_region", dtype="i4", doc="the same for the map of poses")
    pixel_behavior: np.ndarray | None = array(
        "pixel_region", "behavior", dtype="f8", optional=True, doc="share of the known frames"
    )
    pose_behavior: np.ndarray | None = array(
        "pose_region", "behavior", dtype="f8", optional=True, doc="share of the known frames"
    )
    behaviors: list = attribute([], "true behaviors of synthetic animals")
    measures: dict = attribute({}, "of each map, by name; see docs/pixels.md")
    frames: int = attribute(0, "frames in regions of both maps")
    projected: int = attribute(0, "frames that lie on both maps")
