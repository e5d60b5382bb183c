"""Positions of an animal's parts, and what belongs to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from leap_core.containers.base import (
    NAN,
    Container,
    array,
    attribute,
)
from leap_core.skeleton import Skeleton


@dataclass(frozen=True)
class Poses(Container):
    """Positions of one recording's parts, in the pixels of its crops, head along +x."""

    FORMAT: ClassVar[str] = "leap-poses/1"
    positions: np.ndarray = array("frame", "joint", "axis", units="px", doc="x, y, or x, y, z")
    confidence: np.ndarray = array(
        "frame", "joint", doc="probability that the part is there (see `calibration`), or a score"
    )
    frame: np.ndarray = array("frame", dtype="i8", doc="frame index in the video")
    valid: np.ndarray = array("frame", dtype="?", doc="decoded and tracked")
    center: np.ndarray | None = array(
        "frame", "xy", units="px", optional=True, doc="crop centre in the arena"
    )
    heading: np.ndarray | None = array(
        "frame", units="rad", optional=True, doc="crop +x in the arena"
    )
    skeleton: Skeleton = attribute(None, "parts, edges, symmetry, roles (JSON)")
    recording: str = attribute("", "one animal in one video")
    fps: float = attribute(NAN, "frames per second")
    px_per_mm: float = attribute(NAN, "scale; NaN = unknown")
    tracked: bool = attribute(True, "center and heading come from the animal's track")
    engine: str = attribute("", "program and precision that computed the confidence maps")
    calibration: dict[str, Any] = attribute(
        {}, "what `confidence` was calibrated on, and how (JSON); empty: it is a score"
    )


@dataclass(frozen=True)
class Maps(Container):
    """Confidence maps of a few images."""

    FORMAT: ClassVar[str] = "leap-maps/1"
    images: np.ndarray = array("sample", "y", "x", "channel", units="grey level", dtype="u1")
    maps: np.ndarray = array("sample", "map_y", "map_x", "joint", doc="network output")
    positions: np.ndarray = array("sample", "joint", "xy", units="px", doc="peaks, image px")
    confidence: np.ndarray = array("sample", "joint", doc="probability that the part is there")
    frame: np.ndarray = array("sample", dtype="i8", doc="frame index in the video")
    recording: str = attribute("", "one animal in one video")
    skeleton: Skeleton = attribute(None, "parts, edges, symmetry, roles (JSON)")


@dataclass(frozen=True)
class Trial(Container):
    """Errors on the test images of one training of an experiment."""

    FORMAT: ClassVar[str] = "leap-trial/1"
    errors: np.ndarray = array("check", "sample", "joint", units="px", doc="distance to the label")
    check: np.ndarray = array(
        "check", doc="epoch after which, or angle (deg) by which the test images were turned"
    )
    skeleton: Skeleton = attribute(None, "parts, edges, symmetry, roles (JSON)")
    experiment: str = attribute("", "epochs, labels, rotations or networks")
    setting: str = attribute("", "what this training was made with")
    replicate: int = attribute(0, "number of the training among those of its setting")
    images: int = attribute(0, "images that it was trained on")
    weights: int = attribute(0, "numbers that the network learned")
    body_length_px: float = attribute(NAN, "median length of the body axis in the labels")
