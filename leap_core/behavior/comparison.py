"""Two maps of the same frames side by side: how their regions coincide, and how sharp they are.

H is Shannon's entropy of the regions' shares, and H(A | B) = H(A, B) - H(B).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest

import numpy as np

from leap_core.containers import Behavior, BehaviorMap, MapComparison, Truth
from leap_core.errors import UserError


def entropy(shares: np.ndarray) -> float:
    """-sum p ln p of shares or counts of any shape, in nats.

    >>> round(entropy(np.array([5, 5, 0])), 6)
    0.693147
    """
    p = np.asarray(shares, float).ravel()
    p = p[p > 0] / max(p.sum(), 1e-300)
    return float(-(p * np.log(p)).sum()) + 0.0


def left_open(counts: np.ndarray) -> float:
    """H(row | column) / H(row): the share of the rows' entropy that the columns leave open.

    0: the column determines the row.  1: they are independent.  NaN: there is one row only.

    Args:
        counts: (row, column) frames, or shares of them.
    """
    rows = entropy(counts.sum(axis=1))
    if rows <= 0:
        return np.nan
    return float(np.clip((entropy(counts) - entropy(counts.sum(axis=0))) / rows, 0, 1))


def mutual(counts: np.ndarray) -> float:
    """Normalized mutual information 2 I / (H(row) + H(column)); NaN where both are constant."""
    rows, columns = entropy(counts.sum(axis=1)), entropy(counts.sum(axis=0))
    if rows + columns <= 0:
        return np.nan
    return 2 * (rows + columns - entropy(counts)) / (rows + columns)


def occupied_area(map: BehaviorMap) -> float:
    """exp(-integral p ln p) over the area of the map's square.

    The area over which the frames spread, as a share: a uniform density on a share a of the map
    gives a, a sharper density less.
    """
    bin_area = np.diff(map.edges_x)[0] * np.diff(map.edges_y)[0]
    p = np.asarray(map.density, float) * bin_area
    return float(np.exp(entropy(p)) / p.size)


def dwell(behaviors: Iterable[Behavior]) -> float:
    """Seconds: half of the frames in regions belong to visits at least this long.

    A visit is an unbroken stretch of frames in one region.  Frames count, not visits: the many
    single frames at a border do not hide the long visits.
    """
    visits: Counter[float] = Counter()  # frames in visits of each length
    for behavior in behaviors:
        region = behavior.region.astype(np.int64)
        starts = np.flatnonzero(np.diff(region, prepend=-2))
        size = np.diff(np.append(starts, len(region)))[region[starts] > 0]
        for length, times in zip(*np.unique(size, return_counts=True), strict=True):
            visits[float(length / behavior.fps)] += int(length * times)
        del behavior  # before the next one is read
    if not visits:
        return np.nan
    lengths = np.array(sorted(visits))
    total = np.cumsum([visits[length] for length in lengths])
    middle = [(total[-1] - 1) // 2, total[-1] // 2]
    return float(lengths[np.searchsorted(total, middle, side="right")].mean())


def peak_order(joint: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Orders of rows and columns in which what belongs together lies along the diagonal.

    The side with fewer regions (the columns, where both have as many) keeps its order; the
    regions of the other are sorted by the one in which they have most frames, then by their own
    share of frames there.

    >>> peak_order(np.array([[0.0, 0.2], [0.1, 0.3], [0.4, 0.0]]))
    (array([2, 0, 1]), array([0, 1]))
    """
    if joint.shape[0] < joint.shape[1]:
        columns, rows = peak_order(joint.T)
        return rows, columns
    total = np.maximum(joint.sum(axis=1, keepdims=True), 1e-300)
    share = joint / total
    if not joint.shape[1]:
        return np.arange(len(joint)), np.arange(0)
    empty = joint.sum(axis=1) == 0
    return np.lexsort((-share.max(axis=1), share.argmax(axis=1), empty)), np.arange(joint.shape[1])


def compare(
    pose_map: BehaviorMap,
    pixel_map: BehaviorMap,
    poses: Sequence[Behavior],
    pixels: Sequence[Behavior],
    truths: Mapping[str, Truth] | None = None,
) -> MapComparison:
    """The joint distribution of both labelings, and measures of both maps.

    Frames between regions are left out of the joint distribution, and counted by `inside`.
    ``measures`` holds for each map:

    - ``regions``: their number;
    - ``on_map``: share of all frames that were projected;
    - ``inside``: share of its projected frames that lie in a region;
    - ``area``: :func:`occupied_area`;
    - ``dwell_s``: :func:`dwell`;
    - ``left_open``: H(this | other) / H(this) over the joint distribution;
    - ``behavior_nmi``: :func:`mutual` of true behavior and region over the frames that lie on
      both maps; frames between regions are a class of their own;
    - ``behavior_left_open``: H(behavior | region) / H(behavior) of the same frames.

    Args:
        pose_map, pixel_map: both maps.
        poses, pixels: every recording on either, in one order; gone over several times, one at a
            time of :class:`leap_core.containers.Files`.
        truths: by recording, where what the animal did is known.

    Raises:
        UserError: both maps do not hold the same frames of the same recordings.
    """
    maps = {"pixels": pixel_map, "poses": pose_map}
    count = {side: len(map.occupancy) for side, map in maps.items()}
    behaviors = _named(poses, truths or {})
    joint = np.zeros((count["pixels"], count["poses"]))
    tables = {side: np.zeros((count[side] + 1, len(behaviors))) for side in maps}
    on_map, inside = dict.fromkeys(maps, 0), dict.fromkeys(maps, 0)
    frames = projected = 0
    for of_pixels, of_poses in _pairs(pixels, poses):
        region = {
            "pixels": of_pixels.region.astype(np.int64),
            "poses": of_poses.region.astype(np.int64),
        }
        both = (region["pixels"] > 0) & (region["poses"] > 0)
        np.add.at(joint, (region["pixels"][both] - 1, region["poses"][both] - 1), 1)
        known = _true_behavior(of_poses, truths or {}, behaviors)
        placed = (region["pixels"] >= 0) & (region["poses"] >= 0)
        use = placed & (known >= 0)
        for side, own in region.items():
            np.add.at(tables[side], (own[use], known[use]), 1)
            on_map[side] += int((own >= 0).sum())
            inside[side] += int((own > 0).sum())
        frames, projected = frames + len(placed), projected + int(placed.sum())
        del of_pixels, of_poses  # before the next ones are read
    shared = int(joint.sum())
    joint /= max(shared, 1)
    rows, columns = peak_order(joint)
    measures = {}
    for side, found in (("pixels", pixels), ("poses", poses)):
        measures[side] = {
            "regions": count[side],
            "on_map": on_map[side] / frames if frames else np.nan,
            "inside": inside[side] / on_map[side] if on_map[side] else np.nan,
            "area": occupied_area(maps[side]),
            "dwell_s": dwell(found),
            "left_open": left_open(joint if side == "pixels" else joint.T),
            "behavior_nmi": mutual(tables[side]),
            "behavior_left_open": left_open(tables[side].T),
        }
    shares = {side: table[1:] / max(table.sum(), 1) for side, table in tables.items()}
    return MapComparison(
        joint=joint,
        pixel_order=rows + 1,
        pose_order=columns + 1,
        pixel_behavior=shares["pixels"] if behaviors else None,
        pose_behavior=shares["poses"] if behaviors else None,
        behaviors=behaviors,
        measures=measures,
        frames=shared,
        projected=projected,
    )


def _pairs(
    pixels: Iterable[Behavior], poses: Iterable[Behavior]
) -> Iterator[tuple[Behavior, Behavior]]:
    """Each recording on both maps; UserError where they are not the same, or none."""
    some = False
    for one, other in zip_longest(pixels, poses):
        names = [b and (b.recording, len(b.frame)) for b in (one, other)]
        if names[0] != names[1]:
            break
        some = True
        yield one, other
        del one, other  # before the next ones are read
    else:
        if some:
            return
    raise UserError(
        "map comparison: recordings or their lengths differ between behavior/ and pixels/; "
        "make both again"
    )


def _named(behaviors: Iterable[Behavior], truths: Mapping[str, Truth]) -> list[str]:
    """Names of the true behaviors of all recordings whose truth is known."""
    names: dict[str, None] = {}
    for recording in [b.recording for b in behaviors] if truths else ():
        if recording in truths:
            names |= dict.fromkeys(truths[recording].behaviors)
    return list(names)


def _true_behavior(behavior: Behavior, truths: Mapping[str, Truth], names: list[str]) -> np.ndarray:
    """Index of the true behavior of every frame, -1 where it is unknown."""
    if behavior.recording not in truths:
        return np.full(len(behavior.frame), -1)
    truth = truths[behavior.recording]
    own = np.array([*(names.index(n) for n in truth.behaviors), -1])
    return own[truth.behavior[behavior.frame]]
