"""Importance sampling: frames of one recording that represent all it does."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import numpy as np

from leap_core import config
from leap_core.behavior.regions import bin_index, density, watershed_regions
from leap_core.behavior.tsne import FEWEST_POINTS, effective_perplexity, embed_points
from leap_core.behavior.wavelets import amplitude_blocks, frequency_axis, normalize_rows
from leap_core.containers import BehaviorSample, Channels

log = logging.getLogger(__name__)


def feature_blocks(
    found: Channels, wanted: np.ndarray, frequencies: np.ndarray, settings: config.Behavior
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Frame numbers and feature rows (sum 1) of the wanted frames, block by block."""
    blocks = amplitude_blocks(
        found.x, found.fps, frequencies, settings.omega0, engine=settings.engine
    )
    for block, rows in blocks:
        keep = wanted[block]
        if keep.any():
            yield block.start + np.flatnonzero(keep), normalize_rows(rows[keep])


def evenly(indices: np.ndarray, count: int) -> np.ndarray:
    """``count`` of the indices at even spacing, all of them when there are fewer.

    >>> evenly(np.arange(10), 4).tolist()
    [0, 2, 5, 7]
    """
    count = min(count, len(indices))
    return indices[np.arange(count) * len(indices) // max(count, 1)]


def allocate(sizes: np.ndarray, count: int) -> np.ndarray:
    """How many points to take from each region: near-proportional, at least 1, at most all.

    With more regions than points the largest regions give one each.

    >>> allocate(np.array([90, 9, 1]), 10).tolist()
    [8, 1, 1]
    """
    sizes = np.asarray(sizes)
    if count >= sizes.sum():
        return sizes.copy()
    if count <= len(sizes):
        taken = np.zeros(len(sizes), np.int64)
        taken[np.argsort(-sizes, kind="stable")[:count]] = 1
        return taken
    share = count * sizes / sizes.sum()
    taken = np.clip(np.floor(share).astype(np.int64), 1, sizes)
    while taken.sum() != count:
        # Whoever is furthest from its share gives or gets next.
        if taken.sum() > count:
            taken[np.argmax(np.where(taken > 1, taken - share, -np.inf))] -= 1
        else:
            taken[np.argmax(np.where(taken < sizes, share - taken, -np.inf))] += 1
    return taken


def sample(found: Channels, settings: config.Behavior, seed: int, count: int) -> BehaviorSample:
    """Choose ``count`` spectrogram rows that span what the recording does.

    About ``settings.per_recording`` evenly spaced usable frames are embedded by t-SNE, their
    density is cut into watershed regions, and points are drawn near-proportionally to the
    regions' sizes, at least one from each (paper: Unsupervised embedding).  With no more
    usable frames than ``count`` all are taken, without a map, and so are evenly spaced ones where
    ``settings.per_recording`` is no more; the note says which.

    Args:
        found: channels of one recording.
        settings: section ``behavior``.
        seed: of t-SNE and drawing.
        count: points wanted.

    Raises:
        UserError: no frequency below Nyquist.
    """
    frequencies = frequency_axis(settings.fmin, settings.fmax, settings.frequencies, found.fps)
    chosen = evenly(np.flatnonzero(found.usable), max(settings.per_recording, count))
    rows = rows_at(found, chosen, frequencies, settings)
    notes = [found.note] if found.note else []
    if len(chosen) < max(count + 1, FEWEST_POINTS):
        usable = int(found.usable.sum())
        if len(chosen) < usable:
            notes.append(
                f"{len(chosen)} evenly spaced of {usable} usable frames, without a first map: "
                "behavior.per_recording is no larger than the points wanted"
            )
        elif len(chosen):
            notes.append(f"{len(chosen)} usable frames for {count} points: all are taken")
        keep = np.arange(len(chosen))
        size = np.full(len(chosen), len(chosen))
    else:
        perplexity = effective_perplexity(settings.sample_perplexity, len(rows))
        if perplexity < settings.sample_perplexity:
            notes.append(
                f"first map: perplexity {perplexity:.3g} instead of {settings.sample_perplexity:g}"
            )
        keep, size = draw(rows, settings, seed, count)
    for note in notes:
        log.warning("%s: %s", found.recording, note)
    return BehaviorSample(
        features=rows[keep],
        frame=found.frame[chosen[keep]],
        region_size=size[keep],
        channels=list(found.channels),
        dropped=list(found.dropped),
        frequencies=[float(f) for f in frequencies],
        recording=found.recording,
        fps=found.fps,
        omega0=settings.omega0,
        note="; ".join(notes),
    )


def draw(
    rows: np.ndarray, settings: config.Behavior, seed: int, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Map, cut and draw: the chosen rows (sorted) and the region size of every row."""
    z = embed_points(rows, settings.metric, settings.sample_perplexity, seed)
    labels = watershed_regions(density(z, settings.bins, settings.sigma), 0.0, ridges=False)
    column, row = bin_index(z, settings.bins).T
    region = labels[row, column]
    names, region, sizes = np.unique(region, return_inverse=True, return_counts=True)
    rng = np.random.default_rng(seed)
    keep = [
        rng.choice(np.flatnonzero(region == i), n, replace=False)
        for i, n in enumerate(allocate(sizes, count))
    ]
    return np.sort(np.concatenate(keep)), sizes[region]


def rows_at(
    found: Channels, chosen: np.ndarray, frequencies: np.ndarray, settings: config.Behavior
) -> np.ndarray:
    """Feature rows (sum 1) of the chosen frames, (frame, channel * frequency)."""
    wanted = np.zeros(len(found.usable), bool)
    wanted[chosen] = True
    out = np.empty((len(chosen), found.x.shape[1] * len(frequencies)), np.float32)
    start = 0
    for _, rows in feature_blocks(found, wanted, frequencies, settings):
        out[start : start + len(rows)] = rows
        start += len(rows)
    return out
