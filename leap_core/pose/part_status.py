"""Which parts a network has learned: the peaks of their maps at labeled images."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from leap_core.skeleton import Skeleton

LEARNED, RARE, FLAT, UNLABELED = "learned", "rare", "flat", "unlabeled"
RARE_SHARE = 0.1  # of the training images
BATCH_IMAGES = 16


def flat_peak(sigma: float, height: int, width: int) -> float:
    """Peak of the best map that is the same in every pixel: 2 pi sigma^2 / (height width).

    The constant c with the least mean of (c - t)^2 is the mean of t, and the Gaussian t of peak 1
    sums to 2 pi sigma^2 (all lengths in px of one scale; the image's edge cuts nothing off).
    """
    return 2 * math.pi * sigma**2 / (height * width)


def limit(sigma: float, height: int, width: int) -> float:
    """A map whose peak is below this is flat: half way from the flat map's peak to a label's, 1."""
    return (flat_peak(sigma, height, width) + 1) / 2


def mean_peaks(
    network, images: np.ndarray, points: np.ndarray, swap: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Mean peak of every part's map over the images in which the part is labeled.

    Args:
        images: (sample, y, x, 1) float32 in 0..1, at network resolution.
        points: (sample, joint, xy); only whether they are finite matters.
        swap: mirror partner of each joint, to look at every image's mirror image too (a network
            trained with mirror images knows a part from its partner's labels); None = don't.

    Returns:
        mean peak (joint,), NaN where nothing is labeled, and how many images it is the mean of.
    """
    from leap_core.pose.networks import maps_of

    known = np.isfinite(points).all(axis=2)
    if swap is not None:
        images = np.concatenate([images, images[:, ::-1]])
        known = np.concatenate([known, known[:, swap]])
    total, count = np.zeros(points.shape[1]), known.sum(axis=0)
    for start in range(0, len(images), BATCH_IMAGES):
        here = slice(start, start + BATCH_IMAGES)
        maps = maps_of(network, images[here])[-1]
        peaks = np.asarray(maps, np.float32).max(axis=(1, 2))
        total += np.where(known[here], peaks, 0).sum(axis=0)
    return np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0), count


def check(
    network,
    skeleton: Skeleton,
    train: tuple[np.ndarray, np.ndarray],
    validation: tuple[np.ndarray, np.ndarray],
    sigma: float,
    mirror: bool,
) -> list[dict[str, Any]]:
    """What a trained network knows of each part.

    Args:
        train, validation: images and points as for :func:`mean_peaks`; validation may be empty.
        sigma: of the maps, px at network resolution.
        mirror: trained with mirror images, so that labels of a part are labels of its partner.

    Returns:
        One record per part: ``part``; ``labels``, how many training images teach it; ``split``,
        ``images`` and ``peak``: where its map was looked at (training images when it is labeled
        in no validation image), in how many, and the mean peak; ``flat_below``, the
        :func:`limit`; ``state``:

        - ``unlabeled``: no training image teaches it; its map means nothing.
        - ``flat``: its peak is below that limit.
        - ``rare``: it has a peak, but fewer than a tenth of the training images teach it.
        - ``learned``: all else.
    """
    swap = np.array(skeleton.swap) if mirror else None
    images, points = train
    known = np.isfinite(points).all(axis=2)
    taught = (known | known[:, swap] if mirror else known).sum(axis=0)
    low = limit(sigma, *images.shape[1:3])
    found = {"train": mean_peaks(network, *train, swap)}
    if len(validation[0]):
        found["validation"] = mean_peaks(network, *validation, swap)
    records = []
    for k, part in enumerate(skeleton.parts):
        checked = "validation" in found and found["validation"][1][k] > 0
        split = "validation" if checked else "train"
        peak, count = found[split]
        if not taught[k]:
            state = UNLABELED
        elif peak[k] < low:
            state = FLAT
        else:
            state = RARE if taught[k] < RARE_SHARE * len(images) else LEARNED
        looked = {"split": split, "images": int(count[k]), "peak": float(peak[k])}
        known_of = {"part": part, "labels": int(taught[k]), **looked}
        records.append(known_of | {"flat_below": low, "state": state})
    return records


ADVICE = {
    UNLABELED: "no training image has a label of them, so that their maps mean nothing; label "
    "them, or take them out of the skeleton",
    FLAT: "their maps stayed flat, so that they will be missing or wrong; raise training.epochs or "
    "training.foreground_weight, or label more images",
    RARE: "fewer than a tenth of the training images have a label of them; label more images",
}


def warnings(records: list[dict[str, Any]]) -> list[str]:
    """One line for each state in ``ADVICE`` that a part is in: parts, what it means, remedy.

    Args:
        records: of :func:`check`.
    """
    lines = []
    for state, advice in ADVICE.items():
        rows = [r for r in records if r["state"] == state]
        named = [f"{r['part']} (peak {r['peak']:.2f}, {r['labels']} labels)" for r in rows]
        if state == UNLABELED:
            named = [r["part"] for r in rows]
        if rows:
            lines.append(f"WARNING: not learned: {', '.join(named)}: {advice}")
    return lines
