"""Diverse frames for labeling: PCA and k-means over all recordings (paper, Sampling).

The pool holds ``per_video`` frames of each recording as uint8 and nothing else grows with it: the
principal components come from a randomized SVD (Halko, Martinsson and Tropp 2011) whose products
run over blocks of frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from leap_core import config, containers
from leap_core.errors import UserError
from leap_core.io import atomic

BLOCK_FRAMES = 512  # frames turned to float at a time
OVERSAMPLING = 20
POWER_ITERATIONS = 4
STORED = 50  # eigenmodes kept in the file


def cluster_sample(
    crop_paths: Sequence[str | Path], settings: config.Sampling, seed: int
) -> containers.Sample:
    """Choose frames that differ, in the order in which to label them.

    Per recording ``per_video`` valid frames at a fixed stride; mean-centred PCA; k-means with
    ``restarts`` starts; ``per_cluster`` frames of every cluster without replacement.  A cluster
    with fewer gives all it has and the others fill up.  The output cycles through the clusters
    (0..k-1, 0..k-1, ...), the largest first.

    Returns:
        The chosen frames, and the PCA and clusters of the pool; ``note`` tells what was clipped
        or filled.

    Raises:
        UserError: no recording, no valid frame, or images of different sizes.
    """
    images, source, frame = read_pool(crop_paths, settings.per_video)
    shape = images.shape[1:]
    pool = images.reshape(len(images), -1)
    notes = []
    mean, modes, explained = principal_components(pool, settings.components, seed)
    if len(modes) < settings.components:
        notes.append(f"{len(modes)} of {settings.components} components exist")
    scores = project(pool, mean, modes)
    cluster, centroids, note = cluster_scores(scores, settings, seed)
    notes += note
    chosen, note = draw(cluster, len(centroids), settings.per_cluster, seed)
    notes += note
    return containers.Sample(
        images=images[chosen],
        source=source[chosen],
        frame=frame[chosen],
        cluster=cluster[chosen],
        mean=_images(mean[None], shape)[0],
        components=_images(modes[:STORED], shape),
        explained=explained[:STORED],
        centroids=centroids[:, :STORED],
        sizes=np.bincount(cluster, minlength=len(centroids)),
        note="; ".join(notes),
    )


def _images(rows: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Rows of pixels as (row, y, x), the mean over channels."""
    return rows.reshape(-1, *shape).mean(axis=-1)


def evenly(count: int, wanted: int) -> np.ndarray:
    """``min(count, wanted)`` indices below ``count`` at a fixed stride, centred in the range.

    >>> evenly(10, 5).tolist()
    [1, 3, 5, 7, 9]
    """
    wanted = min(count, wanted)
    return ((2 * np.arange(wanted) + 1) * count) // max(1, 2 * wanted)


def read_pool(
    crop_paths: Sequence[str | Path], per_video: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Images (n, y, x, channel) uint8, recording and video frame of the frames to choose from."""
    if not crop_paths:
        raise UserError("sampling: no recordings; list videos in the config")
    plan: list[tuple[str | Path, np.ndarray]] = []
    shapes: dict[tuple[int, ...], str | Path] = {}
    for path in crop_paths:
        with containers.open_crops(path) as crops:
            valid = np.flatnonzero(crops.valid)
            plan.append((path, valid[evenly(len(valid), per_video)]))
            shapes.setdefault(tuple(crops.images.shape[1:]), path)
    if len(shapes) > 1:
        (one, first), (two, second), *_ = shapes.items()
        raise UserError(
            f"sampling: crops {first} are {one[1]} x {one[0]} px, {second} are "
            f"{two[1]} x {two[0]}; crop all videos to one `crop.size`"
        )
    total = sum(len(rows) for _, rows in plan)
    if not total:
        raise UserError(f"sampling: no valid frame in {crop_paths[0]}; check its track and audit")
    images = np.empty((total, *next(iter(shapes))), np.uint8)
    source: list[str] = []
    frame: list[int] = []
    for path, rows in tqdm(plan, desc="sampling", unit="recording", disable=None):
        with containers.open_crops(path) as crops:
            for row in rows:
                images[len(frame)] = crops.images[row]
                frame.append(crops.frame[row])
                source.append(crops.recording or Path(path).stem)
    return images, np.array(source, dtype=str), np.array(frame)


def principal_components(
    pool: np.ndarray, components: int, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Leading principal components of the rows of ``pool``.

    Args:
        pool: (frame, pixel) uint8.
        components: how many at most; modes without variance are left out.

    Returns:
        mean (pixel), modes (component, pixel; unit norm, largest element positive) and their
        shares of the variance.
    """
    frames, pixels = pool.shape
    mean = np.zeros(pixels)
    square = 0.0
    for block in _blocks(pool):
        mean += block.sum(axis=0, dtype=np.float64)
        square += float(np.sum(block.astype(np.float64) ** 2))
    mean = mean / frames
    variance = square - frames * float(mean @ mean)
    center = mean.astype(np.float32)
    width = min(components + OVERSAMPLING, frames, pixels)
    rng = np.random.default_rng(seed)
    basis = rng.standard_normal((pixels, width), dtype=np.float32)
    for _ in range(POWER_ITERATIONS):
        basis, _ = np.linalg.qr(basis)
        basis = _gram_times(pool, center, basis)
    basis, _ = np.linalg.qr(basis)
    # within the basis: the small covariance, in double precision
    small = np.zeros((basis.shape[1], basis.shape[1]))
    for block in _blocks(pool):
        part = ((block - center) @ basis).astype(np.float64)
        small += part.T @ part
    values, vectors = np.linalg.eigh(small)
    order = np.argsort(values)[::-1]
    keep = [k for k in order[:components] if values[k] > 1e-6 * max(variance, 1e-12)]
    modes = (basis @ vectors[:, keep]).T.astype(np.float64)
    modes /= np.maximum(np.linalg.norm(modes, axis=1, keepdims=True), 1e-12)
    largest = np.abs(modes).argmax(axis=1)
    modes *= np.sign(modes[np.arange(len(modes)), largest])[:, None]
    return mean, modes, values[keep] / max(variance, 1e-12)


def _blocks(pool: np.ndarray):
    for start in range(0, len(pool), BLOCK_FRAMES):
        yield pool[start : start + BLOCK_FRAMES].astype(np.float32)


def _gram_times(pool: np.ndarray, center: np.ndarray, basis: np.ndarray) -> np.ndarray:
    """(X - mean)' (X - mean) basis, block by block."""
    product = np.zeros_like(basis)
    for block in _blocks(pool):
        block -= center
        product += block.T @ (block @ basis)
    return product


def project(pool: np.ndarray, mean: np.ndarray, modes: np.ndarray) -> np.ndarray:
    """Scores (frame, component) of the pool."""
    modes = modes.astype(np.float32)
    center = mean.astype(np.float32)
    return np.concatenate([(block - center) @ modes.T for block in _blocks(pool)]).astype(float)


def cluster_scores(
    scores: np.ndarray, settings: config.Sampling, seed: int
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """k-means of the scores, clusters in order of size; fewer where images repeat."""
    from sklearn.cluster import KMeans

    different = len(np.unique(scores.round(3), axis=0))
    clusters = min(settings.clusters, different)
    note = []
    if clusters < settings.clusters:
        note.append(
            f"{clusters} of {settings.clusters} clusters: only {different} different images"
        )
    if not scores.shape[1]:  # one image, or all the same
        return np.zeros(len(scores), int), np.zeros((1, 0)), note
    model = KMeans(clusters, n_init=settings.restarts, random_state=seed).fit(scores)
    order = np.argsort(-np.bincount(model.labels_, minlength=clusters), kind="stable")
    rank = np.argsort(order)
    return rank[model.labels_], model.cluster_centers_[order], note


def draw(
    cluster: np.ndarray, clusters: int, per_cluster: int, seed: int
) -> tuple[np.ndarray, list[str]]:
    """Indices drawn from each cluster without replacement, cycling through the clusters."""
    rng = np.random.default_rng([seed, 1])
    members = [rng.permutation(np.flatnonzero(cluster == k)) for k in range(clusters)]
    taken = [min(per_cluster, len(m)) for m in members]
    missing = min(per_cluster * clusters, len(cluster)) - sum(taken)
    note = []
    if sum(taken) < per_cluster * clusters:
        short = [f"{k} ({len(m)})" for k, m in enumerate(members) if len(m) < per_cluster]
        note.append(
            f"clusters with fewer than {per_cluster} frames gave all: {', '.join(short)}; "
            f"{missing} filled from the others"
        )
    left = [len(m) - t for m, t in zip(members, taken, strict=True)]
    spare = np.repeat(np.arange(clusters), left)
    for k in rng.permutation(spare)[:missing]:
        taken[k] += 1
    rounds = range(max(taken, default=0))
    chosen = [members[k][r] for r in rounds for k in range(clusters) if r < taken[k]]
    return np.array(chosen, dtype=int), note


def export_frames(sample: containers.Sample, folder: str | Path) -> int:
    """Write the sampled images as PNG, named in labeling order, and ``frames.csv`` beside them.

    Any labeling tool opens the images; ``frames.csv`` (image, source, frame, cluster) says where
    each comes from.  Returns the number of images.
    """
    import pandas as pd

    folder = Path(folder)
    rows = []
    for k, image in enumerate(sample.images[..., 0]):
        name = f"{k:04d}_{sample.source[k]}_{sample.frame[k]:07d}.png"
        with atomic.atomic_path(folder / name) as temporary:
            cv2.imwrite(str(temporary), image)
        rows.append((name, sample.source[k], sample.frame[k], sample.cluster[k]))
    table = pd.DataFrame(rows, columns=["image", "source", "frame", "cluster"])
    atomic.write_csv(folder / "frames.csv", table)
    return len(rows)
