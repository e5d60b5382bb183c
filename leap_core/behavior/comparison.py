"""Two maps of the same frames side by side: how their regions coincide, and how sharp they are.

H is Shannon's entropy of the regions' shares, and H(A | B) = H(A, B) - H(B).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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


def dwell(behaviors: Sequence[Behavior]) -> float:
    """Seconds: half of the frames in regions belong to visits at least this long.

    A visit is an unbroken stretch of frames in one region.  Frames count, not visits: the many
    single frames at a border do not hide the long visits.
    """
    lengths = []
    for behavior in behaviors:
        region = behavior.region.astype(np.int64)
        starts = np.flatnonzero(np.diff(region, prepend=-2))
        size = np.diff(np.append(starts, len(region)))
        lengths.append((size / behavior.fps).repeat(size)[region > 0])
    pooled = np.concatenate(lengths) if lengths else np.zeros(0)
    return float(np.median(pooled)) if len(pooled) else np.nan


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
        poses, pixels: every recording on either, in one order.
        truths: by recording, where what the animal did is known.

    Raises:
        UserError: both maps do not hold the same frames of the same recordings.
    """
    names = [[(b.recording, len(b.frame)) for b in side] for side in (poses, pixels)]
    if names[0] != names[1] or not names[0]:
        raise UserError(
            "map comparison: recordings or their lengths differ between behavior/ and pixels/; "
            "make both again"
        )
    maps = {"pixels": pixel_map, "poses": pose_map}
    region = {
        "pixels": np.concatenate([b.region for b in pixels]).astype(np.int64),
        "poses": np.concatenate([b.region for b in poses]).astype(np.int64),
    }
    count = {side: len(map.occupancy) for side, map in maps.items()}
    both = (region["pixels"] > 0) & (region["poses"] > 0)
    joint = np.zeros((count["pixels"], count["poses"]))
    np.add.at(joint, (region["pixels"][both] - 1, region["poses"][both] - 1), 1)
    joint /= max(both.sum(), 1)
    rows, columns = peak_order(joint)

    known, behaviors = _true_behavior(poses, truths or {})
    projected = (region["pixels"] >= 0) & (region["poses"] >= 0)
    use = projected & (known >= 0)
    measures, tables = {}, {}
    for side, found in (("pixels", pixels), ("poses", poses)):
        here = region[side] >= 0
        table = np.zeros((count[side] + 1, len(behaviors)))
        np.add.at(table, (region[side][use], known[use]), 1)
        tables[side] = table[1:] / max(table.sum(), 1)
        measures[side] = {
            "regions": count[side],
            "on_map": float(here.mean()) if len(here) else np.nan,
            "inside": float(np.mean(region[side][here] > 0)) if here.any() else np.nan,
            "area": occupied_area(maps[side]),
            "dwell_s": dwell(found),
            "left_open": left_open(joint if side == "pixels" else joint.T),
            "behavior_nmi": mutual(table),
            "behavior_left_open": left_open(table.T),
        }
    return MapComparison(
        joint=joint,
        pixel_order=rows + 1,
        pose_order=columns + 1,
        pixel_behavior=tables["pixels"] if behaviors else None,
        pose_behavior=tables["poses"] if behaviors else None,
        behaviors=behaviors,
        measures=measures,
        frames=int(both.sum()),
        projected=int(projected.sum()),
    )


def _true_behavior(
    behaviors: Sequence[Behavior], truths: Mapping[str, Truth]
) -> tuple[np.ndarray, list[str]]:
    """Index of the true behavior of every frame, -1 where it is unknown, and the names."""
    used = [truths[b.recording] for b in behaviors if b.recording in truths]
    names = list(dict.fromkeys(n for truth in used for n in truth.behaviors))
    out = []
    for behavior in behaviors:
        mine = np.full(len(behavior.frame), -1)
        if behavior.recording in truths:
            truth = truths[behavior.recording]
            own = np.array([*(names.index(n) for n in truth.behaviors), -1])
            mine = own[truth.behavior[behavior.frame]]
        out.append(mine)
    return np.concatenate(out), names
