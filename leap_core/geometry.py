"""Between the pixels of a video and those of an egocentric crop.

A crop point ``(u, v)`` lies in the video at ``center + R(heading) @ ((u, v) - c)`` with
``c = ((W - 1) / 2, (H - 1) / 2)`` and ``R = [[cos, -sin], [sin, cos]]`` (y down, no
reflection): the head, which points along ``heading`` in the video, points along +x in the crop.
"""

from __future__ import annotations

import math

import cv2
import numpy as np


def rotation(heading: np.ndarray | float) -> np.ndarray:
    """Rotation matrices of angles in radians: shape ``(*heading.shape, 2, 2)``.

    Multiples of 90 degrees (to 1e-6 rad, what float32 keeps) give exact zeros and ones, so that
    an image turned by them is copied and not interpolated.

    >>> rotation(np.pi / 2).tolist()
    [[0.0, -1.0], [1.0, 0.0]]
    >>> rotation([0.0, np.pi]).shape
    (2, 2, 2)
    """
    if isinstance(heading, float):
        return _rotation(heading)
    heading = np.asarray(heading, dtype=float)
    turns = np.round(heading / (np.pi / 2))
    with np.errstate(invalid="ignore"):
        exact = np.abs(heading - turns * (np.pi / 2)) < 1e-6
    cos, sin = np.cos(heading), np.sin(heading)
    cos = np.where(exact, np.round(cos), cos) + 0.0
    sin = np.where(exact, np.round(sin), sin) + 0.0
    rows = np.stack([cos, -sin + 0.0], -1), np.stack([sin, cos], -1)
    return np.stack(rows, -2)


def _rotation(heading: float) -> np.ndarray:
    """:func:`rotation` of one angle, a tenth of the time."""
    turns = heading / (np.pi / 2)
    cos, sin = np.cos(heading), np.sin(heading)
    if math.isfinite(turns) and abs(heading - round(turns) * (np.pi / 2)) < 1e-6:
        cos, sin = np.round(cos), np.round(sin)
    return np.array([[cos, -sin], [sin, cos]]) + 0.0


def middle(size: int | tuple[int, int]) -> np.ndarray:
    """Centre (x, y) of an image of side ``size``, or of ``(width, height)``.

    >>> middle(192).tolist(), middle((5, 3)).tolist()
    ([95.5, 95.5], [2.0, 1.0])
    """
    return (np.broadcast_to(np.asarray(size, dtype=float), 2) - 1) / 2


def _aligned(points, center, heading) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Insert axes after the batch axes so that ``center`` and ``heading`` fit ``points``."""
    points, center = np.asarray(points, dtype=float), np.asarray(center, dtype=float)
    heading = np.asarray(heading, dtype=float)
    batch, extra = heading.shape, points.ndim - 1 - heading.ndim
    if center.shape != (*batch, 2) or points.shape[-1] != 2 or extra < 0:
        raise ValueError(
            f"expected points (*frames, ..., xy), center (*frames, xy), heading (*frames); "
            f"got {points.shape}, {center.shape}, {heading.shape}"
        )
    ones = (1,) * extra
    return points, center.reshape(*batch, *ones, 2), rotation(heading).reshape(*batch, *ones, 2, 2)


def to_crop(points, center, heading, size: int | tuple[int, int]) -> np.ndarray:
    """Video points as crop points.

    Args:
        points: (*frames, ..., xy) px in the video.
        center: (*frames, xy) px; video position of the crop's centre.
        heading: (*frames) rad; video direction of the crop's +x.
        size: side of the crop, or (width, height).

    Returns:
        Array of the shape of ``points``; NaN in, NaN out.

    >>> to_crop([[10.0, 30.0]], [10.0, 20.0], np.pi / 2, 101).tolist()
    [[60.0, 50.0]]
    """
    points, center, matrix = _aligned(points, center, heading)
    return np.einsum("...ji,...j->...i", matrix, points - center) + middle(size)


def to_video(points, center, heading, size: int | tuple[int, int]) -> np.ndarray:
    """Crop points as video points: the inverse of :func:`to_crop`, same arguments.

    >>> to_video([[60.0, 50.0]], [10.0, 20.0], np.pi / 2, 101).tolist()
    [[10.0, 30.0]]
    """
    points, center, matrix = _aligned(points, center, heading)
    return np.einsum("...ij,...j->...i", matrix, points - middle(size)) + center


def crop_matrix(center, heading: float, size: int | tuple[int, int]) -> np.ndarray:
    """The 2 x 3 affine map from crop pixels to video pixels (``cv2.WARP_INVERSE_MAP``).

    >>> crop_matrix([10.0, 20.0], 0.0, 3).tolist()  # the crop's (1, 1) is the video's (10, 20)
    [[1.0, 0.0, 9.0], [0.0, 1.0, 19.0]]
    """
    matrix = rotation(heading)
    return np.column_stack([matrix, np.asarray(center, dtype=float) - matrix @ middle(size)])


def cut(image: np.ndarray, center, heading: float, size: int) -> np.ndarray:
    """One crop (size, size) uint8 of a grey image: bilinear, black outside of the image.

    Headings that are multiples of 90 degrees about a whole (or, for even sizes, half) pixel copy
    the pixels exactly.

    >>> image = np.array([[0, 0, 0], [0, 0, 9], [0, 0, 0]], np.uint8)
    >>> cut(image, [1, 1], 0.0, 3).tolist()
    [[0, 0, 0], [0, 0, 9], [0, 0, 0]]
    >>> cut(image.T, [1, 1], np.pi / 2, 3).tolist()  # what pointed down points to the right
    [[0, 0, 0], [0, 0, 9], [0, 0, 0]]
    """
    return cv2.warpAffine(
        image,
        crop_matrix(center, heading, size),
        (size, size),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=0,
    )
