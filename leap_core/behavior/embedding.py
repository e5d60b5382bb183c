"""The joint map of all recordings, and every frame's place on it."""

from __future__ import annotations

import numpy as np
from tqdm import tqdm

from leap_core import config
from leap_core.behavior.importance import feature_blocks
from leap_core.behavior.neighbors import nearest
from leap_core.behavior.tsne import FEWEST, effective_perplexity, tsne
from leap_core.behavior.wavelets import frequency_axis
from leap_core.containers import Behavior, BehaviorSample, Channels, Embedding
from leap_core.errors import UserError

NEIGHBORS = 10
# Neighbours on the map count as one place when they lie within about this many map units.
REACH = 1.0


def embed(samples: list[BehaviorSample], settings: config.Behavior, seed: int) -> Embedding:
    """Joint t-SNE of the samples of all recordings (paper: Unsupervised embedding).

    The map is centred and scaled so that its largest coordinate is 20/1.1: the square
    -20..20 holds it with a margin.  The stored perplexity is the one used, which few points
    lower to a third of the others.

    Raises:
        UserError: recordings whose channels or frequencies differ, or too few points.
    """
    if not samples:
        raise UserError("behavior map: no recordings; name at least one in `videos`")
    first = samples[0]
    for other in samples[1:]:
        if list(other.channels) != list(first.channels):
            raise UserError(
                f"recordings {first.recording} and {other.recording}: their channels differ; "
                "use one skeleton and one behavior.center for all"
            )
        if not _same(other.frequencies, first.frequencies):
            raise UserError(
                f"recordings {first.recording} and {other.recording}: their frequencies differ "
                f"(up to {max(first.frequencies):g} and {max(other.frequencies):g} Hz); set "
                f"behavior.fmax to {min(max(first.frequencies), max(other.frequencies)):g} or less"
            )
    rows = np.concatenate([s.features for s in samples])
    if len(rows) < FEWEST:
        raise UserError(
            f"behavior map: {len(rows)} usable frames in all of {len(samples)} recordings, at "
            f"least {FEWEST} are needed; see prediction.min_confidence and behavior.max_missing"
        )
    return Embedding(
        features=rows,
        z=tsne(rows, settings.metric, settings.perplexity, seed, settings.exaggeration),
        source=np.concatenate([np.full(len(s.frame), s.recording) for s in samples]),
        frame=np.concatenate([s.frame for s in samples]),
        channels=list(first.channels),
        frequencies=list(first.frequencies),
        metric=settings.metric,
        perplexity=float(effective_perplexity(settings.perplexity, len(rows))),
        exaggeration=settings.exaggeration,
    )


def _same(one: list, other: list) -> bool:
    return len(one) == len(other) and bool(np.allclose(one, other, rtol=1e-6))


def place(z: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """Map position of a row from its nearest training rows.

    Inverse-distance (Shepard) weights interpolate: a row that is a training row lands on it.
    t-SNE may put close rows on different islands, where a plain mean would fall into the sea
    between; so the neighbour with most weight around it is found first and the mean is taken
    around that one.

    Args:
        z: (row, k + 1, 2) map positions of the nearest training rows, nearest first.
        distance: (row, k + 1) to them; the last only sets where the weight ends.

    Returns:
        (row, 2).
    """
    inverse = 1 / np.maximum(distance.astype(np.float64), 1e-6)
    weight = (inverse[:, :-1] - inverse[:, -1:]) ** 2
    # All at one distance: equal weights.
    weight += 1e-12 * np.maximum(weight.max(axis=1, keepdims=True), 1)
    z = z[:, :-1]
    apart = ((z[:, :, None] - z[:, None]) ** 2).sum(axis=-1)
    kernel = np.exp(-apart / (2 * REACH**2))
    best = np.einsum("nij,nj->ni", kernel, weight).argmax(axis=1)
    weight = weight * kernel[np.arange(len(z)), best]
    return np.einsum("nk,nkd->nd", weight, z) / weight.sum(axis=1, keepdims=True)


def project(found: Channels, embedding: Embedding, settings: config.Behavior) -> Behavior:
    """Place every usable frame on the map, in blocks.

    Args:
        found: channels of one recording.
        embedding: the joint map.
        settings: section ``behavior``.

    Returns:
        ``z`` (NaN where a part is missing for too long), ``error`` (Hellinger distance to the
        nearest training row) and ``region`` -1 everywhere until :func:`assign`.

    Raises:
        UserError: channels or frequencies other than the map's.
    """
    frequencies = frequency_axis(settings.fmin, settings.fmax, settings.frequencies, found.fps)
    if list(found.channels) != list(embedding.channels) or not _same(
        frequencies, embedding.frequencies
    ):
        raise UserError(
            f"recording {found.recording}: its channels or frequencies are not those of the "
            "behavior map; make the map again with this recording's settings"
        )
    frames = len(found.frame)
    z = np.full((frames, 2), np.nan, np.float32)
    error = np.full(frames, np.nan, np.float32)
    roots = np.sqrt(embedding.features)
    k = min(NEIGHBORS + 1, len(roots))
    blocks = feature_blocks(found.x, found.usable, found.fps, frequencies, settings.omega0)
    with tqdm(total=int(found.usable.sum()), unit="frame", disable=None) as progress:
        for at, rows in blocks:
            index, distance = nearest(rows, embedding.features, k, embedding.metric)
            z[at] = place(embedding.z[index], distance)
            away = np.sqrt(rows) - roots[index[:, 0]]
            error[at] = np.sqrt(0.5 * np.einsum("ij,ij->i", away, away))
            progress.update(len(at))
    return Behavior(
        z=z,
        error=error,
        region=np.full(frames, -1, np.int16),
        far=np.zeros(frames, bool),
        frame=found.frame,
        recording=found.recording,
        fps=found.fps,
        note=found.note,
    )
