"""What a synthetic animal really did."""

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
from leap_core.skeleton import Skeleton


@dataclass(frozen=True)
class Truth(Container):
    """What a synthetic animal really did.

    Read by validation, the ethogram, tests and the labeling demo; by no stage that measures.
    """

    FORMAT: ClassVar[str] = "leap-truth/1"
    positions: np.ndarray = array("frame", "joint", "xy", units="px", doc="in the arena")
    centroid: np.ndarray = array(
        "frame", "xy", units="px", doc="thorax-abdomen junction; middle of a mouse"
    )
    heading: np.ndarray = array("frame", units="rad", doc="tail to head")
    forward_velocity: np.ndarray = array("frame", units="mm/s", doc="along the heading")
    stance: np.ndarray = array("frame", "leg", dtype="?", doc="foot on the ground")
    gait: np.ndarray = array(
        "frame", dtype="i1", doc="coordination pattern, index into gaits; -1 = not walking"
    )
    behavior: np.ndarray = array("frame", dtype="i1", doc="index into behaviors")
    camera: np.ndarray | None = array(
        "frame", "xy", units="px", optional=True, doc="the image's corner in the arena"
    )
    contact: np.ndarray | None = array(
        "frame", dtype="?", optional=True, doc="its trunk touches another animal's"
    )
    gaits: list = attribute([], "gait mode names, as in the gait files")
    behaviors: list = attribute([], "behavior names")
    legs: list = attribute([], "leg names")
    skeleton: Skeleton = attribute(None, "parts, edges, symmetry, roles (JSON)")
    fps: float = attribute(NAN, "frames per second")
    px_per_mm: float = attribute(NAN, "scale")
