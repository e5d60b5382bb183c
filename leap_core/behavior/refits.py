"""Which regions come back when the map is made again, and which are one behavior in pieces?"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from leap_core import config
from leap_core.behavior import part_map
from leap_core.behavior.importance import evenly
from leap_core.behavior.part_map import Recordings
from leap_core.behavior.regions import build_map, region_at
from leap_core.behavior.tsne import FEWEST_POINTS
from leap_core.config.declared import changed
from leap_core.containers import Behavior, BehaviorMap, Channels, Refits

log = logging.getLogger(__name__)

# Frames of all recordings together that are placed on each refit.
MOST_PLACED = 5000
# Perplexities of the refits over that of the map, in turn.
PERPLEXITIES = (0.7, 1.0, 1.4)
# A region is found where one of the refit shares at least half of their union with it: no two can
# share more.
SAME_REGION = 0.5
# Regions that are, on average, at least half as much one region as each by itself are one behavior.
ONE_BEHAVIOR = 0.5


class _Joint(NamedTuple):
    """The placed frames on the joint map, and the share of all frames in each region."""

    z: np.ndarray
    region: np.ndarray
    frame: np.ndarray
    source: np.ndarray
    occupancy: np.ndarray


def map_refits(
    channels: Recordings, behaviors: Iterable[Behavior], settings: config.Behavior, seed: int
) -> Refits:
    """The joint map made again ``settings.refits`` times, each time a little different.

    Every step is that of the joint map, with half its points (``settings.total // 2``), and at
    each refit another seed of t-SNE and of the importance sample, another perplexity
    (``PERPLEXITIES`` times the map's, in turn), and other stretches of time that the points are
    drawn from: half of each recording's blocks of 5 s, at random.  What is compared are the same
    frames, at most ``MOST_PLACED`` evenly spaced ones of all recordings, on the joint map and on
    every refit; their density cuts the refit into regions.

    See :func:`verdict` for what is told of each region.  Where the stretches of a refit hold too
    few usable frames for a map, nothing is refitted and the note says so.

    Args:
        channels: called several times, gives the recordings that make the map one at a time.
        behaviors: of the same recordings in the same order on the joint map, with regions.
        settings: section ``behavior``.
        seed: of all drawing.

    Raises:
        UserError: no recordings, or recordings that do not match.
    """
    seeds = [int(np.random.default_rng([seed, k]).integers(2**31)) for k in range(settings.refits)]
    usable, halves = _usable(channels, seeds)
    points = max(settings.total // 2 // max(len(usable), 1), 1)
    rows = _spread(usable)
    joint = _on_joint_map(channels, behaviors, rows)
    note = _why_not(joint, halves)
    if note:
        log.warning("refits: %s", note)
        seeds = []
    perplexities = [settings.perplexity * PERPLEXITIES[k % 3] for k in range(len(seeds))]
    regions = [
        _refit(channels, rows, changed(settings, perplexity=p), s, points)
        for s, p in zip(seeds, perplexities, strict=True)
    ]
    refit = np.reshape(np.array(regions, np.int64), (len(seeds), len(joint.z))).T
    return Refits(
        z=joint.z,
        source=joint.source,
        frame=joint.frame,
        refitted=refit,
        perplexity=np.array(perplexities),
        recordings=list(usable),
        note=note,
        **verdict(joint.region, refit, joint.occupancy),
    )


def _usable(channels: Recordings, seeds: list[int]) -> tuple[dict[str, int], list[int]]:
    """Recording -> its usable frames; and those of all of them that each refit is made of."""
    usable, halves = {}, [0] * len(seeds)
    for found in channels():
        usable[found.recording] = int(found.usable.sum())
        own = [int((found.usable & _stretches(found, seed)).sum()) for seed in seeds]
        halves = [n + more for n, more in zip(halves, own, strict=True)]
    return usable, halves


def _why_not(joint: _Joint, halves: list[int]) -> str:
    """Why the map is not made again; empty where it can be."""
    if not len(joint.occupancy):
        return "the joint map has no regions: no refit"
    if min(halves, default=FEWEST_POINTS) < FEWEST_POINTS:
        return (
            f"half of the stretches of time: {min(halves)} usable frames, at least "
            f"{FEWEST_POINTS} make a map: no refit"
        )
    return ""


def _stretches(found: Channels, seed: int) -> np.ndarray:
    """(frame,) True in the half of a recording's blocks of 5 s that a refit is made of.

    Of an odd number the larger half, so that a recording of one block is still there.
    """
    block = part_map.block_of(len(found.frame), found.fps)
    blocks = int(block.max(initial=-1)) + 1
    # a recording's own draw, whichever others are there
    rng = np.random.default_rng([seed, *found.recording.encode()])
    drawn = np.zeros(blocks, bool)
    drawn[rng.permutation(blocks)[: blocks - blocks // 2]] = True
    return drawn[block]


def _spread(usable: dict[str, int]) -> dict[str, np.ndarray]:
    """Recording -> which of its usable frames are placed: evenly spaced over all recordings."""
    ends = np.cumsum(list(usable.values()), dtype=np.int64)
    chosen = evenly(np.arange(ends[-1] if len(ends) else 0), MOST_PLACED)
    parts = np.split(chosen, np.searchsorted(chosen, ends[:-1])) if len(ends) else []
    begins = ends - list(usable.values())
    return {name: p - b for name, p, b in zip(usable, parts, begins, strict=True)}


def _on_joint_map(
    channels: Recordings, behaviors: Iterable[Behavior], rows: dict[str, np.ndarray]
) -> _Joint:
    """What the joint map says of the placed frames; region -1 where far or without data."""
    chosen = {c.recording: np.flatnonzero(c.usable)[rows[c.recording]] for c in channels()}
    placed, counts, names = [], np.zeros(1, np.int64), []
    for behavior in behaviors:
        names.append(behavior.recording)
        if behavior.recording not in chosen:
            continue  # refused below
        own = np.bincount(behavior.region[behavior.region >= 0])
        most = max(len(counts), len(own))
        counts = np.pad(counts, (0, most - len(counts))) + np.pad(own, (0, most - len(own)))
        placed.append(part_map.rows_of(behavior, chosen[behavior.recording]))
        del behavior  # before the next one is read
    part_map.check_recordings(list(chosen), names, "refits")
    return _Joint(
        z=np.concatenate([b.z for b in placed]),
        region=np.concatenate([np.where(b.far, -1, b.region) for b in placed]),
        frame=np.concatenate([b.frame for b in placed]),
        source=np.concatenate([np.full(len(b.frame), b.recording) for b in placed]),
        occupancy=counts[1:] / max(counts.sum(), 1),
    )


def _refit(
    channels: Recordings,
    rows: dict[str, np.ndarray],
    settings: config.Behavior,
    seed: int,
    points: int,
) -> np.ndarray:
    """(frame,) region of the placed frames on one refit; 0 between regions, -1 far or no data."""
    embedding = part_map.embedded(
        channels, lambda found: _stretches(found, seed), settings, seed, points
    )
    placed = part_map.placed(
        channels,
        lambda found: np.flatnonzero(found.usable)[rows[found.recording]],
        embedding,
        settings,
    )
    region, far = part_map.regions_on(build_map(embedding, placed, settings), placed)
    return np.where(far == 1, -1, region)


def of_map(refits: Refits, map: BehaviorMap) -> Refits:
    """The same refits, told of the regions of a map as a person has edited it.

    The refits do not know of edits, and need not be made again for them.

    Args:
        refits: of that map before any edit.
        map: with its edits.
    """
    region = np.where(refits.joint < 0, -1, 0)
    region[refits.joint >= 0] = region_at(map.labels, refits.z[refits.joint >= 0])
    return replace(refits, **verdict(region, refits.refitted, map.occupancy))


def verdict(joint: np.ndarray, refit: np.ndarray, occupancy: np.ndarray) -> dict[str, Any]:
    """Which regions to trust, by what became of their frames on the refits.

    Only frames count that both maps have in a region and that are far from neither.

    ``overlap`` of region r at a refit is the largest Jaccard index (shared frames over those in
    either) of r with any region of the refit, and ``found`` the share of refits where it is at
    least 0.5.

    ``together`` of regions r and s is P(r, s) / min(P(r, r), P(s, s)), at most 1.  P(r, s) is the
    probability that one frame drawn from r and one from s lie in the same region of the refit,
    averaged over the refits; with n_r(q) frames of r in region q of the refit and n_r in all it is
    sum_q n_r(q) n_s(q) / (n_r n_s), and for two different frames of r itself
    sum_q n_r(q) (n_r(q) - 1) / (n_r (n_r - 1)).  So 1 says that both are as much one region as
    the less coherent one is by itself, and 0 that they never meet.

    ``group``: see :func:`grouped`.

    Args:
        joint: (frame,) region of the placed frames, 0 between regions, -1 far or no data.
        refit: (frame, refit) the same on each refit.
        occupancy: (region,) share of frames on the joint map.

    Returns:
        The fields of :class:`leap_core.containers.Refits` that tell of regions.  ``found`` is NaN
        where there are no refits, and of a region that none of the placed frames is in.
    """
    regions = len(occupancy)
    tables = [shared_frames(joint, own, regions) for own in refit.T]
    overlap = np.reshape([best_overlap(t) for t in tables], (len(tables), regions)).T
    pairs = together(tables, regions)
    known = np.isin(np.arange(regions) + 1, joint) & bool(len(tables))
    share = (overlap >= SAME_REGION).sum(axis=1) / max(len(tables), 1)
    return {
        "joint": joint,
        "occupancy": occupancy,
        "overlap": overlap,
        "found": np.where(known, share, np.nan),
        "together": pairs,
        "group": grouped(pairs, occupancy),
    }


def shared_frames(joint: np.ndarray, refit: np.ndarray, regions: int) -> np.ndarray:
    """(region, refit's region) frames in both; those in no region of either do not count."""
    both = (joint > 0) & (refit > 0)
    table = np.zeros((regions, int(refit.max(initial=0))), np.int64)
    np.add.at(table, (joint[both] - 1, refit[both] - 1), 1)
    return table


def best_overlap(shared: np.ndarray) -> np.ndarray:
    """(region,) largest Jaccard index with a region of the refit; 0 without a frame.

    >>> best_overlap(np.array([[6, 2], [0, 2]])).tolist()
    [0.75, 0.5]
    """
    union = shared.sum(axis=1, keepdims=True) + shared.sum(axis=0) - shared
    return (shared / np.maximum(union, 1)).max(axis=1, initial=0)


def together(tables: list[np.ndarray], regions: int) -> np.ndarray:
    """(region, region) how far two regions are one on the refits: see :func:`verdict`.

    Args:
        tables: :func:`shared_frames` of each refit.
        regions: of the joint map.

    Returns:
        0 to 1; NaN where a region had fewer than two frames, or no two of its frames met.
    """
    met = np.full((len(tables), regions, regions), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        for k, table in enumerate(tables):
            frames = table.sum(axis=1).astype(float)
            met[k] = (table @ table.T) / np.outer(frames, frames)
            own = (table * (table - 1)).sum(axis=1) / (frames * (frames - 1))
            np.fill_diagonal(met[k], own)
        known = np.isfinite(met)
        mean = np.where(known, met, 0).sum(axis=0) / known.sum(axis=0)
        own = np.diag(mean)
        out = np.minimum(mean / np.minimum.outer(own, own), 1)
    return np.where(np.isfinite(out), out, np.nan)


def grouped(pairs: np.ndarray, occupancy: np.ndarray) -> np.ndarray:
    """Which regions are one behavior in pieces, (region,) numbers from 1, the most visited first.

    The two groups that are most :func:`together` are joined, again and again, while they have at
    least 0.5: the average over pairs of a frame of one and a frame of the other (average linkage
    of regions weighted by their frames).  Without the weights a small region that scatters over
    two behaviors, and so is as much one with either as with itself, would join the two.  This says
    something beside the map: its regions stay as they are.

    Args:
        pairs: (region, region) of :func:`together`; NaN joins nothing.
        occupancy: (region,) share of frames.

    >>> together = np.array([[1, 0.1, 0.9], [0.1, 1, 0.2], [0.9, 0.2, 1]])
    >>> grouped(together, np.array([0.3, 0.4, 0.3])).tolist()
    [1, 2, 1]
    """
    member = np.arange(len(pairs))
    weight = np.maximum(occupancy, np.finfo(float).tiny)
    near = np.nan_to_num(pairs, nan=0.0)
    np.fill_diagonal(near, -1)
    while near.max(initial=-1) >= ONE_BEHAVIOR:
        one, two = np.unravel_index(near.argmax(), near.shape)
        near[one] = np.average(near[[one, two]], axis=0, weights=weight[[one, two]])
        near[:, one], near[one, one] = near[one], -1
        near[two], near[:, two] = -1, -1
        weight[one] += weight[two]
        member[member == two] = one
    lowest, number = np.unique(member, return_inverse=True)
    order = np.lexsort([lowest, -np.bincount(number, occupancy, len(lowest))])
    return np.argsort(order)[number] + 1
