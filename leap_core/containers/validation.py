"""Measured against true, as the validation figure shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from leap_core.containers.base import Container, array, attribute


@dataclass(frozen=True)
class Panels(Container):
    """Measured against true, counted over the recordings that were never labeled."""

    FORMAT: ClassVar[str] = "leap-validation/2"
    error_counts: np.ndarray = array("group", "error_bin", dtype="i8", doc="parts by pose error")
    error_edges: np.ndarray = array("error_edge", dtype="f8", units="px", doc="last one infinite")
    speed_counts: np.ndarray = array(
        "speed_bin", "speed_bin_measured", dtype="i8", doc="walking frames by forward velocity"
    )
    speed_edges: np.ndarray = array("speed_edge", dtype="f8", units="mm/s")
    stance_right: np.ndarray = array("leg", dtype="i8", doc="walking frames with the true phase")
    walking_frames: np.ndarray = array("leg", dtype="i8", doc="walking frames")
    gait_counts: np.ndarray = array(
        "gait", "mode", dtype="i8", doc="walking frames by true and measured gait; last mode: none"
    )
    region_counts: np.ndarray = array(
        "behavior", "region", dtype="i8", doc="frames; region 0 is between regions"
    )
    no_data: np.ndarray = array("behavior", dtype="i8", doc="frames without a place on the map")
    recordings: list = attribute([], "recordings counted")
    groups: list = attribute([], "part groups; the first is all parts")
    legs: list = attribute([], "leg names")
    gaits: list = attribute([], "gait modes")
    behaviors: list = attribute([], "behavior names")
