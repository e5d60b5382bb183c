"""Real flies to draw on."""

import h5py
import numpy as np
import pytest


@pytest.fixture(scope="module")
def fly(data):
    """Real labeled fly images, turned so that the head points right: images, positions."""
    import cv2

    with h5py.File(data / "fly_leap" / "fly_annotations_000-069.h5") as file:
        images, points = file["images"][:30, ..., 0], file["annotations"][:30]
    turned = []
    for image, xy in zip(images, points, strict=True):
        axis = xy[0] - xy[5]
        turn = cv2.getRotationMatrix2D((95.5, 95.5), np.degrees(np.arctan2(axis[1], axis[0])), 1)
        turned.append((cv2.warpAffine(image, turn, (192, 192)), xy @ turn[:, :2].T + turn[:, 2]))
    return np.array([t[0] for t in turned]), np.array([t[1] for t in turned])
