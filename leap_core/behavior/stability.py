"""Does another stretch of the same animals give the same map?"""

from __future__ import annotations

import logging
from collections.abc import Iterable

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_mutual_info_score

from leap_core import config
from leap_core.behavior import part_map
from leap_core.behavior.importance import evenly
from leap_core.behavior.part_map import Recordings
from leap_core.behavior.regions import build_map
from leap_core.behavior.tsne import FEWEST_POINTS, HALF_SIDE
from leap_core.containers import Behavior, BehaviorMap, Channels, Stability
from leap_core.errors import UserError

log = logging.getLogger(__name__)

CUTS = ("halves", "blocks")
NAMES = {"halves": ("first halves", "second halves"), "blocks": ("odd blocks", "even blocks")}
# Frames of each recording that are placed on the maps: more say the same and take long.
MOST_PLACED = 40000


def first_part(frames: int, fps: float, cut: str) -> np.ndarray:
    """(frame,) True in the part that makes map 1: the first half, or every other block of 5 s.

    >>> first_part(4, 0.2, "blocks").tolist()
    [True, False, True, False]
    """
    if cut == "halves":
        return np.arange(frames) < frames // 2
    return part_map.block_of(frames, fps) % 2 == 0


def map_stability(
    channels: Recordings,
    behaviors: Iterable[Behavior],
    settings: config.Behavior,
    seed: int,
    cut: str = "halves",
) -> Stability:
    """Two maps, each made from one part of every recording alone, and their agreement.

    Every step is that of the joint map: importance sample, t-SNE, density of the part's own
    frames, watershed.  Then the frames of both parts are placed on both maps.  Channels are not
    cut, only the frames that are used: wavelets near a cut see up to their support of the other
    part, and z-scores are those of the whole recording.

    Each map is made by the settings of the joint map, ``settings.total`` included.  At most
    ``MOST_PLACED`` evenly spaced frames of each recording are placed.

    Two things can differ: the map, and what the animal did.  ``r`` mixes both.  ``r_same`` is
    the map alone: the same frames on both maps, without those far from either.  ``r_joint`` is
    the animal alone: the parts on the joint map; a map that never changed would reach it.  Where
    all regions are visited alike correlations say little, whatever the map: the shares in common
    do not depend on that.  Regions are matched by :func:`match`.

    Where one part has too few usable frames for a map, both maps are empty and their numbers NaN;
    the note says so.  Shares on the joint map are then still given.

    Args:
        channels: called once per pass, gives the recordings that make the map one at a time.
        behaviors: of the same recordings in the same order on the joint map, with regions.
        settings: section ``behavior``.
        seed: of t-SNE and drawing.
        cut: "halves" or "blocks" (every other 5 s).

    Raises:
        UserError: an unknown cut, no recordings, or recordings that do not match.
    """
    if cut not in CUTS:
        raise UserError(f"stability: unknown cut {cut!r}; use one of {', '.join(CUTS)}")
    names, usable = [], []
    for found in channels():
        first = first_part(len(found.frame), found.fps, cut)
        names.append(found.recording)
        usable.append([(found.usable & first).sum(), (found.usable & ~first).sum()])
    joint = _on_joint_map(behaviors, names, cut)
    points = max(settings.total // len(names), 1)
    most = np.minimum(usable, points).sum(axis=0)
    if (most < FEWEST_POINTS).any():
        part = int(most.argmin())
        note = (
            f"{NAMES[cut][part]} of the recordings: {most[part]} usable frames, at least "
            f"{FEWEST_POINTS} make a map: nothing to compare"
        )
        log.warning("stability: %s", note)
        return _nothing(joint, settings.bins, cut, names, note)
    made = [_one_map(channels, settings, seed, cut, part, points) for part in (True, False)]
    maps, regions, far, parts = zip(*made, strict=True)
    return _compared(maps, regions, far, parts, joint, cut, names)


def _one_map(
    channels: Recordings,
    settings: config.Behavior,
    seed: int,
    cut: str,
    part: bool,
    points: int,
) -> tuple[BehaviorMap, np.ndarray, np.ndarray, np.ndarray]:
    """The map of one part, and of the frames of both: region on it, far from it, own part.

    Far is 0, 1, or NaN where the map has no reach.
    """
    own_rows = []

    def own(found: Channels) -> np.ndarray:
        return first_part(len(found.frame), found.fps, cut) == part

    def rows(found: Channels) -> np.ndarray:
        chosen = evenly(np.flatnonzero(found.usable), MOST_PLACED)
        own_rows.append(own(found)[chosen])
        return chosen

    embedding = part_map.embedded(channels, own, settings, seed, points)
    placed = part_map.placed(channels, rows, embedding, settings)
    mine = [part_map.rows_of(b, np.flatnonzero(o)) for b, o in zip(placed, own_rows, strict=True)]
    map = build_map(embedding, mine, settings)
    return map, *part_map.regions_on(map, placed), np.concatenate(own_rows)


def _on_joint_map(behaviors: Iterable[Behavior], names: list[str], cut: str) -> np.ndarray:
    """Share of each part's frames in each region of the joint map, (region, 2)."""
    counts, found = np.zeros((0, 2)), []
    for behavior in behaviors:
        first = first_part(len(behavior.frame), behavior.fps, cut)
        most = max(len(counts), int(behavior.region.max(initial=0)))
        now = np.stack([_visits(behavior.region[p], most) for p in (first, ~first)], axis=1)
        counts = np.pad(counts, ((0, most - len(counts)), (0, 0))) + now
        found.append(behavior.recording)
    part_map.check_recordings(names, found, "stability")
    return _shares(counts)


def match(shared: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Which regions of two maps are the same.

    One to one, so that the frames shared by partners are as many as possible (Hungarian
    method).  Where one map cuts a behavior in two, one of the pieces finds no partner and counts
    as lost: this is strict, and does not gain by few regions.  The groups forgive it: a region
    without a partner joins the pair of the region with which it shares most frames.

    Args:
        shared: (one, two) frames in a region of map 1 and one of map 2.

    Returns:
        Pairs (pair, 2) of region numbers, those without a partner with 0, by shared frames and
        then by number; group of each region of map 1, and of map 2, from 0.

    >>> match(np.array([[9, 5], [0, 0]]))
    (array([[1, 1],
           [2, 0],
           [0, 2]]), array([0, 1]), array([0, 0]))
    """
    shared = np.asarray(shared)
    rows, columns = linear_sum_assignment(shared, maximize=True)
    keep = shared[rows, columns] > 0
    rows, columns = rows[keep], columns[keep]
    order = np.argsort(-shared[rows, columns], kind="stable")
    rows, columns = rows[order], columns[order]
    alone = [
        np.setdiff1d(np.arange(n), used)
        for n, used in zip(shared.shape, (rows, columns), strict=True)
    ]
    pairs = np.concatenate(
        [
            np.stack([rows + 1, columns + 1], axis=1),
            np.stack([alone[0] + 1, 0 * alone[0]], axis=1),
            np.stack([0 * alone[1], alone[1] + 1], axis=1),
        ]
    )
    groups = [np.full(n, -1) for n in shared.shape]
    groups[0][rows] = groups[1][columns] = np.arange(len(rows))
    count = len(rows)
    for side, table in enumerate((shared, shared.T)):
        for region in alone[side]:
            if table[region].any():
                groups[side][region] = groups[1 - side][table[region].argmax()]
            else:
                groups[side][region] = count
                count += 1
    return pairs, groups[0], groups[1]


def _nothing(joint: np.ndarray, bins: int, cut: str, names: list[str], note: str) -> Stability:
    """What is left where a part makes no map."""
    none = np.zeros(0, np.int64)
    return Stability(
        density=np.full((2, bins, bins), np.nan),
        labels=np.zeros((2, bins, bins), np.int16),
        edges=np.linspace(-HALF_SIDE, HALF_SIDE, bins + 1),
        shared=np.zeros((0, 0), np.int64),
        group_one=none,
        group_two=none,
        pairs=np.zeros((0, 2), np.int64),
        own=np.zeros((0, 2)),
        same=np.zeros((0, 2)),
        far=np.full(2, np.nan),
        joint=joint,
        grouped=np.zeros((0, 2)),
        r_joint=correlation(joint),
        common_joint=common(joint),
        cut=cut,
        recordings=names,
        note=note,
    )


def _compared(
    maps: tuple[BehaviorMap, ...],
    regions: tuple[np.ndarray, ...],
    far: tuple[np.ndarray, ...],
    parts: tuple[np.ndarray, ...],
    joint: np.ndarray,
    cut: str,
    names: list[str],
) -> Stability:
    """Match the two maps and count; each of ``regions``, ``far`` and ``parts`` is (frame,)."""
    counts = [len(m.occupancy) for m in maps]
    known = ~((far[0] == 1) | (far[1] == 1))
    both = known & (regions[0] > 0) & (regions[1] > 0)
    one, two = (r[both] for r in regions)
    shared = np.zeros(counts, np.int64)
    np.add.at(shared, (one - 1, two - 1), 1)
    pairs, *groups = match(shared)
    own = [_shares(_visits(r[p], n)) for r, p, n in zip(regions, parts, counts, strict=True)]
    same = [_shares(_visits(r[known], n)) for r, n in zip(regions, counts, strict=True)]
    size = max(int(g.max(initial=-1)) for g in groups) + 1
    grouped = np.stack([np.bincount(g, o, size) for g, o in zip(groups, own, strict=True)], axis=1)
    own_pairs, same_pairs = (_of_pairs(pairs, shares) for shares in (own, same))
    return Stability(
        density=np.stack([m.density for m in maps]),
        labels=np.stack([m.labels for m in maps]),
        edges=maps[0].edges_x,
        shared=shared,
        group_one=groups[0],
        group_two=groups[1],
        pairs=pairs,
        own=own_pairs,
        same=same_pairs,
        joint=joint,
        grouped=grouped,
        r=correlation(own_pairs),
        r_grouped=correlation(grouped),
        r_same=correlation(same_pairs),
        r_joint=correlation(joint),
        common=common(own_pairs),
        common_same=common(same_pairs),
        common_joint=common(joint),
        information=agreement(one, two),
        far=np.array(
            [float(f[~p].mean()) if (~p).any() else np.nan for f, p in zip(far, parts, strict=True)]
        ),
        cut=cut,
        frames=len(known),
        recordings=names,
        note=_note(maps, far, cut),
    )


def _note(maps: tuple[BehaviorMap, ...], far: tuple[np.ndarray, ...], cut: str) -> str:
    notes = []
    for map, away, name in zip(maps, far, NAMES[cut], strict=True):
        if not len(map.occupancy):
            notes.append(f"map of the {name}: no regions: {map.note}")
        if np.isnan(away).any():
            notes.append(f"map of the {name}: far: unknown (the map has no reach)")
    return "; ".join(notes)


def agreement(one: np.ndarray, two: np.ndarray) -> float:
    """Adjusted mutual information of two labelings; NaN where neither tells anything apart."""
    if len(np.unique(one)) < 2 and len(np.unique(two)) < 2:
        return float("nan")
    return float(adjusted_mutual_info_score(one, two))


def correlation(shares: np.ndarray) -> float:
    """Pearson correlation of the two columns; NaN for fewer than three rows or equal values."""
    if len(shares) < 3 or (np.ptp(shares, axis=0) == 0).any():
        return float("nan")
    return float(np.corrcoef(shares.T)[0, 1])


def common(shares: np.ndarray) -> float:
    """Share that two distributions have in common: 1 less half of their absolute differences.

    NaN for fewer than two rows, which always agree, and where one side has no frames.

    >>> common(np.array([[0.5, 1.0], [0.5, 0.0]]))
    0.5
    """
    shares = np.asarray(shares)
    if len(shares) < 2 or not shares.any(axis=0).all():
        return float("nan")
    return float(np.minimum(*shares.T).sum())


def _visits(region: np.ndarray, regions: int) -> np.ndarray:
    return np.bincount(region[region > 0], minlength=regions + 1)[1:].astype(float)


def _shares(counts: np.ndarray) -> np.ndarray:
    return counts / np.maximum(counts.sum(axis=0), 1)


def _of_pairs(pairs: np.ndarray, shares: list[np.ndarray]) -> np.ndarray:
    """Shares of the partners, (pair, 2); 0 for one that is missing."""
    padded = [np.r_[0, s] for s in shares]
    return np.stack([p[k] for p, k in zip(padded, pairs.T, strict=True)], axis=1)
