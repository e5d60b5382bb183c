"""From labels to batches: images and points at the network's resolution, in random views."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from leap_core import config
from leap_core.containers import Labels
from leap_core.errors import UserError
from leap_core.io.prefetch import ahead
from leap_core.pose import augmentation

Subset = tuple[np.ndarray, np.ndarray]  # images (sample, y, x, 1) in 0..1, points in their px


def subsets(labels: Labels, scale: float, multiple: int) -> dict[str, Subset]:
    """Images and points of ``train`` and ``validation``, shrunk by ``scale``.

    Args:
        multiple: what the sides of the shrunk images must be a multiple of.

    Raises:
        UserError: no images, no labeled training image, or a size that the network cannot take.
    """
    if not labels.images.size:
        raise UserError("labels: they come without images; put the images beside the label file")
    found = {split: _subset(labels, split, scale) for split in ("train", "validation")}
    if not len(found["train"][0]):
        names = ", ".join(map(str, np.unique(labels.source)[:3]))
        raise UserError(
            f"labels {names}: no training image has a labeled part ({len(labels.select('train'))} "
            f"of {len(labels.images)} are for training); label more frames"
        )
    side = found["train"][0].shape[1]
    if labels.images.shape[1] != labels.images.shape[2] or side % multiple:
        raise UserError(
            f"labels: images of {labels.images.shape[2]}x{labels.images.shape[1]} px at "
            f"input_scale {scale:g} do not fit the network; use square crops (`crop.pad`, "
            f"`labels.align`) that scale to a multiple of {multiple}"
        )
    return found


def _subset(labels: Labels, split: str, scale: float) -> Subset:
    """The samples with any labeled part."""
    rows = labels.select(split)
    rows = rows[np.isfinite(labels.positions[rows]).all(axis=2).any(axis=1)]
    points = augmentation.shrink_points(labels.positions[rows].astype(np.float32), scale)
    if not len(rows):
        return np.zeros((0, 1, 1, 1), np.float32), points
    return augmentation.shrink(labels.images[rows], scale), points


def draw(
    subset: Subset,
    count: int,
    swap: np.ndarray,
    settings: config.Training,
    scale: float,
    seed: list[int],
) -> Iterator[Subset]:
    """``count`` batches drawn with replacement (paper: LEAP training procedure), each augmented.

    The next batch is made while the current one is used.

    Args:
        swap: mirror partner of each joint.
        scale: network pixels per pixel of the crop.
        seed: of everything that is drawn; equal seeds give equal batches.
    """
    images, points = subset
    rng = np.random.default_rng(seed)

    def one(_: int) -> Subset:
        rows = rng.integers(len(images), size=settings.batch_size)
        return augmentation.augment(images[rows], points[rows], swap, settings, scale, rng)

    return ahead(one, range(count))
