"""Turn labeled images so that the animal's own axis is +x, as in egocentric crops.

The axis and the centre come from the image, by the same rule that can be applied to frames
without labels; labels only tell head from tail.  So the network sees in training what it will see
in crops, errors of the axis included.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from leap_core import geometry
from leap_core.containers import Labels
from leap_core.errors import UserError

OPENING = 9 / 192  # diameter of the disc that removes legs, as a share of the image's height
TWO_LEVELS = 0.8  # share of the variance of bright pixels that two levels explain; even = 0.75


def align(labels: Labels, size: int | None = None) -> Labels:
    """Turn and centre every image on its animal and move the labels with it.

    The animal is bright on dark.  Per source one threshold comes from all its images (Otsu).
    Where the animal itself has two clear levels (an opaque body and translucent wings), the
    upper one is taken: wings fold and spread, the body keeps its shape.  A disc opening removes
    legs; the moments of the largest component give axis and centre.

    Args:
        size: side of the square result, px; the longer side of the images when None.

    Raises:
        UserError: the skeleton has no ``roles.axis``, there are no images, or nothing bright.
    """
    height, width = labels.images.shape[1:3]
    if not height or not width:
        raise UserError(
            "labels: cannot align, the labels come without images; put the images beside them"
        )
    if labels.skeleton.axis is None:
        raise UserError(
            f"skeleton {labels.skeleton.name}: cannot align without `roles.axis` "
            "(tail part, head part); add it to the skeleton"
        )
    size = size or max(height, width)
    level = np.zeros(len(labels.images))
    for source in np.unique(labels.source):
        mine = labels.source == source
        level[mine] = body_level(labels.images[mine])
    center = np.full((len(labels.images), 2), np.nan)
    axis = np.full(len(labels.images), np.nan)
    for k, image in enumerate(labels.images[..., 0]):
        found = body_axis(image, level[k])
        if found is None:
            raise UserError(
                f"labels {labels.source[k]} row {labels.frame[k]}: nothing brighter than "
                f"{level[k]:.0f} in the image; leave the row out or do not align"
            )
        center[k], axis[k] = found
    heading = np.where(_points_backwards(labels, center, axis), axis + np.pi, axis)
    heading = (heading + np.pi) % (2 * np.pi) - np.pi
    images = np.stack(
        [
            geometry.cut(image[..., 0], c, h, size)
            for image, c, h in zip(labels.images, center, heading, strict=True)
        ]
    )
    moved = geometry.to_crop(labels.positions, center, heading, size)
    return replace(labels, images=images[..., None], positions=moved.astype(np.float32))


def body_level(images: np.ndarray) -> float:
    """Grey level that separates the body from the rest, over all images together."""
    counts = np.bincount(images.ravel(), minlength=256).astype(float)
    level, _ = otsu(counts)
    bright = np.where(np.arange(256) > level, counts, 0)
    upper, share = otsu(bright)
    return float(upper if share > TWO_LEVELS else level)


def otsu(counts: np.ndarray) -> tuple[int, float]:
    """Otsu's threshold of a histogram, and the share of variance between its two classes.

    Values above the threshold are the upper class.

    >>> otsu(np.array([5.0, 0, 0, 0, 5.0]))
    (0, 1.0)
    """
    values = np.arange(len(counts))
    weight = np.cumsum(counts)
    total = weight[-1]
    first = np.cumsum(counts * values)
    if total == 0 or np.count_nonzero(counts) < 2:
        return int(np.argmax(counts)), 0.0
    mean = first[-1] / total
    rest = total - weight
    inside = (weight > 0) & (rest > 0)
    between = np.zeros(len(counts))
    difference = mean * weight[inside] - first[inside]
    between[inside] = difference**2 / (weight[inside] * rest[inside])
    best = int(np.argmax(between))
    variance = float(np.sum(counts * (values - mean) ** 2)) / total
    return best, float(between[best] / variance)


def body_axis(image: np.ndarray, level: float) -> tuple[np.ndarray, float] | None:
    """Centroid (x, y) and axis angle (rad, modulo pi) of the body, or None without one.

    Args:
        image: (y, x) uint8, bright animal on dark.
        level: grey level that separates the body.
    """
    mask = (image > level).astype(np.uint8)
    diameter = 2 * round(OPENING * image.shape[0] / 2) + 1  # odd: an even disc shifts the mask
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (diameter, diameter))
    opened = cv2.morphologyEx(mask, cv2.MORPH_OPEN, disc)
    count, component, stats, _ = cv2.connectedComponentsWithStats(opened if opened.any() else mask)
    if count < 2:
        return None
    body = component == 1 + np.argmax(stats[1:, cv2.CC_STAT_AREA])
    y, x = np.nonzero(body)
    cov = np.cov(np.stack([x, y])) if len(x) > 1 else np.eye(2)
    angle = 0.5 * np.arctan2(2 * cov[0, 1], cov[0, 0] - cov[1, 1])
    return np.array([x.mean(), y.mean()]), float(angle)


def _points_backwards(labels: Labels, center: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """Where the axis points to the tail.

    Told by the head and tail parts; where one is unlabeled, by whether the other parts lie nearer
    to their usual places as it is or turned about.  Rows without labels stay as they are.
    """
    tail, head = (labels.skeleton.index(part) for part in labels.skeleton.axis)
    ego = geometry.to_crop(labels.positions, center, axis, 1)
    along = ego[:, head, 0] - ego[:, tail, 0]
    known = np.isfinite(along)
    if not known.any():
        raise UserError(
            f"labels {labels.source[0]}: no row has both {' and '.join(labels.skeleton.axis)}, "
            "so head and tail cannot be told apart; label both somewhere or do not align"
        )
    ego[known & (along < 0)] *= -1
    parts = np.flatnonzero(np.isfinite(ego[known, :, 0]).any(axis=0))
    usual = np.nanmedian(ego[known][:, parts], axis=0)
    as_is = np.nansum((ego[:, parts] - usual) ** 2, axis=(1, 2))
    turned = np.nansum((ego[:, parts] + usual) ** 2, axis=(1, 2))
    return np.where(known, along < 0, turned < as_is)
