"""Arrays of images: which ones are films, and a frame of one as a picture."""

from __future__ import annotations

import numpy as np

from leap_core.io import pixels
from leap_core.io.pixels import Picture

_CHANNELS = (1, 3, 4)  # grey, RGB, RGB with alpha


def wrong(shape: tuple[int, ...], kind: np.dtype) -> str | None:
    """Why an array is not a film, in words; None for one that is.

    A film is (frame, y, x), or with a last axis of 1, 3 or 4 channels, of uint8 or uint16.
    """
    what = f"{kind} {shape}"
    if kind.newbyteorder("=") not in (np.uint8, np.uint16):
        return f"{what} is not of uint8 or uint16"
    if len(shape) not in (3, 4) or (len(shape) == 4 and shape[3] not in _CHANNELS):
        return f"{what} is not (frame, y, x) or (frame, y, x, 3)"
    if min(shape) < 1:
        return f"{what} is empty"
    if len(shape) == 3 and shape[2] in _CHANNELS:
        return f"{what} looks like one picture with {shape[2]} channels"
    if shape[0] == 1:
        return f"{what} is a single picture"
    return None


def doubts(shape: tuple[int, ...]) -> list[str]:
    """What to say of a film that is shorter than its images are wide and high: as a rule none is,
    and time may stand on another axis."""
    frames, height, width = shape[:3]
    if frames >= min(height, width):
        return []
    return [
        f"the array {shape} is read as {frames} frames, {width} px wide and {height} px high; if "
        "it is (y, x, frame), save it as (frame, y, x)"
    ]


def is_colour(shape: tuple[int, ...]) -> bool:
    """Whether the images of a film have channels of colour."""
    return len(shape) == 4 and shape[3] > 1


def picture_of(image: np.ndarray, owner: str) -> Picture:
    """One image (y, x) or (y, x, channel) as luma."""
    return pixels.luma(image.astype(image.dtype.newbyteorder("="), copy=False), owner)
