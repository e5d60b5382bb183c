"""Overlay movie: the crop beside itself with the predicted skeleton (paper: Movies 1 to 3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import cv2
import numpy as np
from matplotlib.colors import to_rgb

from leap_core.figures import style
from leap_core.skeleton import Skeleton

SCALE = 2
_SHIFT = 4  # cv2 takes coordinates in 1/16 px


def frames(
    images: Iterable[np.ndarray],
    positions: np.ndarray,
    confidence: np.ndarray,
    skeleton: Skeleton,
    min_confidence: float,
) -> Iterator[np.ndarray]:
    """Yield (2 y, 4 x, 3) RGB uint8 frames: raw left, skeleton right, both at twice the size.

    Args:
        images: (y, x) or (y, x, channel) uint8, one by one: memory does not grow.
        positions: (frame, joint, xy) px of the images; NaN = missing, left out.
        confidence: (frame, joint); parts below ``min_confidence`` are hollow, without edges.

    Raises:
        ValueError: another number of images than of poses.
    """
    colours = [tuple(round(255 * c) for c in to_rgb(c)) for c in style.part_colours(skeleton)]
    for image, points, sure in zip(
        images, positions, np.asarray(confidence) >= min_confidence, strict=True
    ):
        image = np.asarray(image)
        grey = np.ascontiguousarray(image if image.ndim == 2 else image[..., 0])
        grey = cv2.resize(grey, None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_LINEAR)
        raw = cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB)
        yield np.hstack([raw, _overlay(raw.copy(), points, sure, skeleton, colours)])


def _overlay(canvas, points, sure, skeleton: Skeleton, colours) -> np.ndarray:
    points = np.asarray(points, float)
    seen = np.isfinite(points).all(axis=1)
    # pixel centres are whole numbers in the crop and in the enlarged picture alike
    fine = ((np.where(seen[:, None], points, 0) + 0.5) * SCALE - 0.5) * 2**_SHIFT
    fine = np.clip(np.rint(fine), -(2**20), 2**20).astype(int)
    solid = seen & sure
    for a, b in skeleton.edges:
        if solid[a] and solid[b]:
            ends = (tuple(map(int, fine[a])), tuple(map(int, fine[b])))
            cv2.line(canvas, *ends, colours[b], 1, cv2.LINE_AA, _SHIFT)
    radius = round(2.5 * 2**_SHIFT)
    for k in np.flatnonzero(seen):
        place = tuple(map(int, fine[k]))
        width = -1 if solid[k] else 1
        cv2.circle(canvas, place, radius, colours[k], width, cv2.LINE_AA, _SHIFT)
    return canvas
