"""Turn labeled images so that the animal's own axis is +x, as in egocentric crops.

By default the axis and the centre come from the image, by the same rule that can be applied to
frames without labels; labels only tell head from tail.  So the network sees in training what it
will see in crops, errors of the axis included.  Where no rule finds the animal in single images,
they come from the labels, and such errors are drawn.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from leap_core import geometry
from leap_core.config import Track
from leap_core.containers import Labels
from leap_core.errors import UserError
from leap_core.numerics import otsu

OPENING_PX = Track().opening_px
INSIDE_SHARE = 0.5  # of the labeled points must lie in the crops, else something else was found
# How far a track is off the labeled axis, drawn evenly: a turn, and a shift in axis lengths.  On
# the mice of DeepLabCut's open field (images minus their median) the body's moments differ from
# snout to tail base by 3 deg and 0.05 lengths in the median, by 12 deg and 0.16 at most.
TURN_DEG, SHIFT = 15.0, 0.1
TWO_LEVELS = 0.8  # share of the variance of bright pixels that two levels explain; even = 0.75


def align(
    labels: Labels, size: int | None = None, by: str = "image", *, track: Track | None = None
) -> Labels:
    """Turn and centre every image on its animal and move the labels with it.

    Args:
        size: side of the square result, px; the longer side of the images when None.
        by: ``image`` or ``labels``: where axis and centre come from (:func:`from_images`,
            :func:`from_labels`).
        track: see :func:`from_images`.

    Raises:
        UserError: the skeleton has no ``roles.axis``, there are no images, nothing bright, a row
            without a labeled axis, or something that is not the labeled animal was found.
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
    center, heading = from_labels(labels) if by == "labels" else from_images(labels, track)
    images = np.stack(
        [
            geometry.cut(image[..., 0], c, h, size)
            for image, c, h in zip(labels.images, center, heading, strict=True)
        ]
    )
    moved = geometry.to_crop(labels.positions, center, heading, size)
    known = moved[np.isfinite(moved).all(axis=-1)]
    inside = np.mean(((known > -0.5) & (known < size - 0.5)).all(axis=-1)) if len(known) else 1
    if inside < INSIDE_SHARE:
        raise UserError(
            f"labels {labels.source[0]}: only {inside:.0%} of the labeled parts lie in crops of "
            f"{size} px around what was found; set `labels.invert` for a dark animal, "
            "`labels.align_by: labels` for a floor that is not plain, or a larger `crop.size`"
        )
    return replace(labels, images=images[..., None], positions=moved.astype(np.float32))


def from_images(labels: Labels, track: Track | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Centre (sample, xy) px and heading (sample,) rad of bright animals on dark.

    Per source one threshold comes from all its images (Otsu).  Where the animal itself has two
    clear levels (an opaque body and translucent wings), the upper one is taken: wings fold and
    spread, the body keeps its shape.  A disc opening removes legs; the moments of the largest
    component give axis and centre.

    Args:
        track: how the animal is found in the videos, whose crops these images are to be like: the
            diameter of the disc is its ``opening_px``, and with recipe ``moments``, which takes
            the whole animal, one level is enough.  None: boxes that were cut around the body.
    """
    opening_px = track.opening_px if track else OPENING_PX
    whole = track is not None and track.recipe == "moments"
    level = np.zeros(len(labels.images))
    for source in np.unique(labels.source):
        mine = labels.source == source
        level[mine] = body_level(labels.images[mine], whole)
    center = np.full((len(labels.images), 2), np.nan)
    axis = np.full(len(labels.images), np.nan)
    for k, image in enumerate(labels.images[..., 0]):
        found = body_axis(image, level[k], opening_px)
        if found is None:
            raise UserError(
                f"labels {labels.source[k]} row {labels.frame[k]}: nothing brighter than "
                f"{level[k]:.0f} in the image; leave the row out or do not align"
            )
        center[k], axis[k] = found
    heading = np.where(_points_backwards(labels, center, axis), axis + np.pi, axis)
    return center, (heading + np.pi) % (2 * np.pi) - np.pi


def from_labels(labels: Labels) -> tuple[np.ndarray, np.ndarray]:
    """Centre (sample, xy) px and heading (sample,) rad of the labeled axis, off by chance.

    Without that the axis parts would lie on one line in every crop, known without a look.  What is
    drawn depends on the row in the source only.  A row in which an axis part is unlabeled takes
    the turn and place in which its other parts lie nearest to their typical places; a row without
    labels stays as it is.

    Raises:
        UserError: fewer than two labeled parts that tell the axis; names the row.
    """
    points = labels.positions.astype(float)
    tail, head = (points[:, end] for end in labels.skeleton.ends)
    axis, center = head - tail, (head + tail) / 2
    heading = np.arctan2(axis[:, 1], axis[:, 0])
    known = np.isfinite(heading)
    if not known.any():
        raise _no_axis(labels)
    length = np.median(np.hypot(*axis[known].T))
    ego = geometry.to_crop(points[known], center[known], heading[known], 1)
    parts = np.flatnonzero(np.isfinite(ego[..., 0]).any(axis=0))
    typical = np.full(points.shape[1], np.nan, complex)
    typical[parts] = np.nanmedian(ego[:, parts], axis=0) @ [1, 1j]
    place = points @ [1, 1j]
    for k in np.flatnonzero(~known):
        seen = np.isfinite(place[k]) & np.isfinite(typical)
        if not np.isfinite(place[k]).any():
            center[k], heading[k] = geometry.middle(labels.images.shape[2:0:-1]), 0.0
            continue
        if seen.sum() < 2:
            raise UserError(
                f"labels {labels.source[k]} row {labels.frame[k]}: too few labeled parts to tell "
                f"the axis; label {_ends(labels)} or exclude the row's labels"
            )
        there, here = typical[seen], place[k, seen]
        # the turn of least squares between two sets of points
        heading[k] = np.angle(np.sum((there - there.mean()).conj() * (here - here.mean())))
        origin = here.mean() - np.exp(1j * heading[k]) * there.mean()
        center[k] = origin.real, origin.imag
    for row, frame in enumerate(labels.frame):
        rng = np.random.default_rng(abs(int(frame)))
        center[row] += rng.uniform(-SHIFT, SHIFT, 2) * length
        heading[row] += np.radians(rng.uniform(-TURN_DEG, TURN_DEG))
    return center, (heading + np.pi) % (2 * np.pi) - np.pi


def pad(labels: Labels, size: int) -> Labels:
    """Every image in the middle of a black square of ``size`` px, labels moved with it.

    Pixels are those of a crop of a whole frame (recipe ``precropped``).  Labels without images
    stay as they are.

    Raises:
        UserError: larger images.
    """
    height, width = labels.images.shape[1:3]
    if not labels.images.size or (height, width) == (size, size):
        return labels
    if max(height, width) > size:
        raise UserError(
            f"labels {labels.source[0]}: images of {width} x {height} px do not fit into "
            f"`crop.size` {size}; raise it, or set `labels.align` to cut around the animal"
        )
    middle = geometry.middle((width, height))
    images = np.stack([geometry.cut(image[..., 0], middle, 0.0, size) for image in labels.images])
    count = len(images)
    moved = geometry.to_crop(labels.positions, np.tile(middle, (count, 1)), np.zeros(count), size)
    return replace(labels, images=images[..., None], positions=moved.astype(np.float32))


def body_level(images: np.ndarray, whole: bool = False) -> float:
    """Grey level that separates the body, or the whole animal, from the rest in all images."""
    counts = np.bincount(images.ravel(), minlength=256).astype(float)
    level, _ = otsu(counts, lowest=True)
    if whole:
        return float(level)
    bright = np.where(np.arange(256) > level, counts, 0)
    upper, share = otsu(bright, lowest=True)
    return float(upper if share > TWO_LEVELS else level)


def body_axis(
    image: np.ndarray, level: float, opening_px: int = OPENING_PX
) -> tuple[np.ndarray, float] | None:
    """Centroid (x, y) and axis angle (rad, modulo pi) of the body, or None without one.

    Args:
        image: (y, x) uint8, bright animal on dark.
        level: grey level that separates the body.
        opening_px: diameter of the disc that removes legs; 0 leaves them.
    """
    mask = (image > level).astype(np.uint8)
    diameter = max(opening_px, 1) | 1  # odd: an even disc shifts the mask
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
    to their typical places as it is or turned about.  Rows without labels stay as they are.
    """
    tail, head = labels.skeleton.ends
    ego = geometry.to_crop(labels.positions, center, axis, 1)
    along = ego[:, head, 0] - ego[:, tail, 0]
    known = np.isfinite(along)
    if not known.any():
        raise _no_axis(labels)
    ego[known & (along < 0)] *= -1
    parts = np.flatnonzero(np.isfinite(ego[known, :, 0]).any(axis=0))
    typical = np.nanmedian(ego[known][:, parts], axis=0)
    as_is = np.nansum((ego[:, parts] - typical) ** 2, axis=(1, 2))
    turned = np.nansum((ego[:, parts] + typical) ** 2, axis=(1, 2))
    return np.where(known, along < 0, turned < as_is)


def _ends(labels: Labels) -> str:
    return " and ".join(labels.skeleton.parts[end] for end in labels.skeleton.ends)


def _no_axis(labels: Labels) -> UserError:
    return UserError(
        f"labels {labels.source[0]}: no row has both {_ends(labels)}, "
        "so head and tail cannot be told apart; label both somewhere or do not align"
    )
