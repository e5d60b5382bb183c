"""Where each animal is in its video."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from leap_core.containers.base import (
    NAN,
    Container,
    array,
    attribute,
)
from leap_core.errors import UserError
from leap_core.io import hdf5


@dataclass(frozen=True)
class Track(Container):
    """Where each animal is and where its head points, frame by frame, in the raw video."""

    FORMAT: ClassVar[str] = "leap-track/1"
    centroid: np.ndarray = array("animal", "frame", "xy", units="px", doc="body centre")
    heading: np.ndarray = array("animal", "frame", units="rad", doc="tail to head")
    valid: np.ndarray = array("animal", "frame", dtype="?", doc="the animal was found")
    area: np.ndarray = array("animal", "frame", units="px^2", doc="segmented area")
    quality: np.ndarray = array(
        "animal", "frame", doc="confidence in place and head end, 0 (a guess) to 1; 0.95 = sure"
    )
    body_length: np.ndarray | None = array(
        "animal", "frame", units="px", optional=True, doc="long axis of the body's ellipse"
    )
    body_width: np.ndarray | None = array(
        "animal", "frame", units="px", optional=True, doc="short axis of the body's ellipse"
    )
    camera: np.ndarray | None = array(
        "frame", "xy", units="px", optional=True, doc="the image's corner in the arena"
    )
    sampled: np.ndarray | None = array(
        "sample", dtype="i4", optional=True, doc="frames in which it was looked elsewhere"
    )
    elsewhere: np.ndarray | None = array(
        "sample",
        units="px^2",
        optional=True,
        doc="largest thing there that is off the floor and at no animal",
    )
    background: np.ndarray | None = array(
        "y",
        "x",
        units="grey level",
        dtype="u1",
        optional=True,
        doc="signal of the floor without animals (255 - grey if they are dark)",
    )
    fps: float = attribute(NAN, "frames per second")
    px_per_mm: float = attribute(NAN, "scale; NaN = unknown")
    recipe: str = attribute("", "alignment recipe; file = the track of another program")
    crowded: float = attribute(
        NAN, "share of frames that show more animals than asked for; NaN = not looked for"
    )
    unnamed: float = attribute(0.0, "share of frames in which who is who is less than 90 % sure")
    faint: float = attribute(
        NAN, "signal above the background from which on a pixel is an animal; NaN = unknown"
    )
    bright: bool = attribute(True, "the animal is brighter than the floor")
    width: int = attribute(0, "frame width, px")
    height: int = attribute(0, "frame height, px")


def rate(path: str | Path) -> float:
    """Frames per second of a track's video, without reading the track; NaN = unknown."""
    with hdf5.taken_apart(path, Track.FORMAT) as file:
        return float(file.attrs.get("fps", NAN))


def rows(path: str | Path, frames: np.ndarray) -> Track:
    """Some frames of a track, without reading the others; frames that it has not are not valid.

    Args:
        frames: (n) frame numbers, in any order.

    Returns:
        A track whose axis ``frame`` is that of ``frames``, without the floor.
    """
    frames = np.asarray(frames, np.int64)
    with hdf5.taken_apart(path, Track.FORMAT) as file:
        animals, count = file["heading"].shape
        there = (frames >= 0) & (frames < count)
        wanted, back = np.unique(frames[there], return_inverse=True)
        found: dict[str, Any] = {}
        for name in ("centroid", "heading", "valid", "area", "quality"):
            dataset = file[name]
            if dataset.shape[:2] != (animals, count):
                raise UserError(f"{path}: {name} is of {dataset.shape}; make it again")
            values = np.zeros((animals, len(frames), *dataset.shape[2:]), dataset.dtype)
            values[:, there] = dataset[:, wanted][:, back] if len(wanted) else 0
            found[name] = values
        if "camera" in file:
            found["camera"] = np.zeros((len(frames), 2), np.float32)
            found["camera"][there] = file["camera"][wanted][back] if len(wanted) else 0
        found["valid"] &= np.isfinite(found["heading"]) & np.isfinite(found["centroid"]).all(-1)
        return Track(**found, recipe=str(file.attrs.get("recipe", "")))
