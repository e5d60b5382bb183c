"""Labeled images turned by a known angle (paper: Supplementary Figure 1)."""

from __future__ import annotations

import cv2
import numpy as np

from leap_core.pose import augmentation


def turn(
    images: np.ndarray, positions: np.ndarray, angle_deg: float
) -> tuple[np.ndarray, np.ndarray]:
    """Images and their labels, turned about the centre of the image.

    Args:
        images: (sample, y, x, 1) uint8.
        positions: (sample, joint, xy) px.
        angle_deg: x towards y.

    Returns:
        The same shapes; outside is black, and a part that leaves the image is NaN.
    """
    if angle_deg == 0:
        return images, positions
    height, width = images.shape[1:3]
    matrix = augmentation.affine(np.deg2rad(angle_deg), 1.0, np.zeros(2), (width, height))
    turned = [cv2.warpAffine(image[..., 0], matrix, (width, height)) for image in images]
    moved = positions @ matrix[:, :2].T + matrix[:, 2]
    return np.stack(turned)[..., None], augmentation.only_inside(moved, (width, height))
