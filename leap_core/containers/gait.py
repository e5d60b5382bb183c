"""Swing, stance and gait modes."""

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

SURE_MODE = 0.9
"""A frame whose gait mode has a lower posterior is uncertain.

On simulated flies these are 4 % of the walking frames, and two thirds of all wrong ones.
"""


@dataclass(frozen=True)
class Gait(Container):
    """Swing and stance of each leg and the gait mode of each frame."""

    FORMAT: ClassVar[str] = "leap-gait/1"
    tip_velocity: np.ndarray = array(
        "frame", "leg", units="see velocity_units", doc="egocentric, along the body axis, smoothed"
    )
    swing: np.ndarray = array("frame", "leg", dtype="?", doc="foot in the air, by its speed")
    valid: np.ndarray = array("frame", "leg", dtype="?", doc="tip known; short gaps bridged")
    forward_velocity: np.ndarray = array(
        "frame", units="see velocity_units", doc="of the body; see speed_source"
    )
    walking: np.ndarray = array("frame", dtype="?", doc="forward faster than the threshold")
    state: np.ndarray = array(
        "frame", dtype="i1", doc="gait mode; -1 = none: not walking, or legs missing"
    )
    posterior: np.ndarray = array("frame", "state", doc="of each gait mode; NaN = none")
    frame: np.ndarray = array("frame", dtype="i8", doc="frame index in the video")
    legs: list = attribute([], "leg names")
    states: list = attribute([], "gait mode names")
    recording: str = attribute("", "one animal in one video")
    fps: float = attribute(NAN, "frames per second")
    velocity_units: str = attribute("px/s", "mm/s when the scale is known")
    walking_source: str = attribute("", "what told walking from standing")
    speed_source: str = attribute("", "what forward_velocity was measured on")
    height: str = attribute("", "which way the third coordinate points, and how that is known")
    cut_steps: int = attribute(0, "swings and stances cut by a bout's end or missing data")
    note: str = attribute("", "what is missing or doubtful, and why")

    @property
    def uncertain(self) -> np.ndarray:
        """(frame,) bool: has a gait mode, with a posterior below ``SURE_MODE``."""
        moded = self.state >= 0
        sure = np.zeros(len(moded))
        sure[moded] = self.posterior[moded].max(axis=1)
        return moded & (sure < SURE_MODE)


@dataclass(frozen=True)
class GaitModel(Container):
    """Hidden Markov model of the legs in stance: of their number, or of which they are."""

    FORMAT: ClassVar[str] = "leap-gait-model/1"
    start: np.ndarray = array("state", dtype="f8")
    transition: np.ndarray = array("state", "next", dtype="f8", doc="per frame")
    emission: np.ndarray = array("state", "legs_in_stance", dtype="f8")
    log_likelihood: np.ndarray = array("restart", dtype="f8", doc="of every seeded start")
    patterns: np.ndarray | None = array(
        "state",
        "pattern",
        dtype="f8",
        optional=True,
        doc="emission of which legs stand; absent: the model is of their number",
    )
    states: list = attribute([], "gait mode names")
    legs: list = attribute([], "names of the legs in the patterns")
    fps: float = attribute(NAN, "frames per second of the training; transitions are per frame")
    frames: int = attribute(0, "training frames")
    swing_frames: float = attribute(
        1.0, "mean frames of a swing in the training: together they say what one frame would"
    )
    note: str = attribute("", "why there is no model, or what is doubtful")
