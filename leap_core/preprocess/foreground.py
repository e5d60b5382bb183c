"""Which pixels of a frame are one animal's: crops without their background are made by them."""

from __future__ import annotations

import cv2
import numpy as np

from leap_core import containers
from leap_core.preprocess import bodies, segmentation
from leap_core.preprocess.recipe import Floor

_CLOSED = 5  # px: gaps in a leg that are bridged
_CORE = 0.25  # of the root of the area: a disc that lies within the body
_WITHIN = 2.0  # such ellipses, where it is not known where another animal is
_ASPECT = 2.5  # long to short axis of a body, to which of two animals a pixel is nearer


def floor_of(track: containers.Track) -> Floor | None:
    """The floor with which a track was made; None where the recipe learns none."""
    if not np.isfinite(track.faint):
        return None
    return Floor(track.background, track.faint, track.faint, track.bright)


def mask(
    image: np.ndarray, floor: Floor, track: containers.Track, animal: int, frame: int, size: int
) -> np.ndarray:
    """(y, x) uint8 of a whole frame: 255 on the animal, within reach of its crop, else 0.

    These are the pixels off the floor that hang together with the middle of its body, and nearer
    to its body than to that of another animal, or, where one of those was not found, near its body.

    Args:
        image: grey frame.
        frame: its index; the animal must be valid there.
        size: of the crop, px.
    """
    center = track.centroid[animal, frame]
    reach = int(np.ceil(size / np.sqrt(2))) + _CLOSED
    x, y = np.rint(center).astype(int)
    left, top = max(x - reach, 0), max(y - reach, 0)
    box = slice(top, max(y + reach + 1, 0)), slice(left, max(x + reach + 1, 0))
    out = np.zeros(image.shape, np.uint8)
    signal = bodies.evened(image, floor, box)
    if not signal.size:
        return out
    found: np.ndarray = (signal > floor.faint).view(np.uint8)
    found = cv2.morphologyEx(found, cv2.MORPH_CLOSE, segmentation.disc(_CLOSED))
    ys, xs = np.mgrid[top : top + signal.shape[0], left : left + signal.shape[1]]
    points = np.stack([xs, ys], -1)
    own = _distance(points, track, animal, frame)
    if not track.valid[:, frame].all():  # another may be there, and where is not known
        found[own > _WITHIN] = 0
    for other in range(len(track.valid)):
        if other != animal and track.valid[other, frame]:
            found[_distance(points, track, other, frame) < own] = 0
    core = max(_CORE * np.sqrt(track.area[animal, frame]), 1.5)
    middle = np.linalg.norm(points - center, axis=-1) <= core
    out[box] = bodies.connected(found, middle) * np.uint8(255)
    return out


def _distance(points: np.ndarray, track: containers.Track, animal: int, frame: int) -> np.ndarray:
    """Of points (..., xy) from an animal's middle, in units of an ellipse of its area."""
    short = np.sqrt(track.area[animal, frame] / (np.pi * _ASPECT))
    offset = points - track.centroid[animal, frame]
    heading = track.heading[animal, frame]
    along = offset @ [np.cos(heading), np.sin(heading)]
    across = offset @ [-np.sin(heading), np.cos(heading)]
    return np.hypot(along / (_ASPECT * short), across / short)
