"""The files of a map that a page shows, all of one run of the workflow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from leap_core.behavior import regions
from leap_core.config import Config
from leap_core.containers import Behavior, BehaviorMap, Embedding, RegionStats
from leap_core.errors import UserError
from leap_core.web.explore import collecting


@dataclass(frozen=True)
class Results:
    """What the workflow has made.

    Attributes:
        told: whether the statistics are those of this map, not of the one before.
        behaviors: recording -> its file.
        counts: (y, x) frames in each bin, of the recordings that the map is made of.
        total: frames of all recordings.
        recordings, points: of :func:`collecting.points`.
    """

    map: BehaviorMap
    embedding: Embedding
    stats: RegionStats
    told: bool
    behaviors: dict[str, Path]
    counts: np.ndarray
    total: int
    recordings: list[dict[str, Any]]
    points: dict[str, bytes]


def read(settings: Config, folder: Path, make: str) -> Results:
    """The files of a folder.

    Files change one after the other while the workflow runs: places of frames on another map look
    like any others, so that what the map says of them is counted again.

    Args:
        make: the command that makes them, for messages.

    Raises:
        UserError: one is not there, damaged, of an older version, or of another run.
    """
    files = [folder / name for name in ("map.h5", "embedding.h5", "statistics.h5")]
    behaviors = {name: folder / f"{name}.h5" for name in settings.recordings}
    for file in [*files, *behaviors.values()]:
        if not file.exists():
            raise UserError(f"{file}: no such file; make the map with `{make}`")
    map, embedding = BehaviorMap.read(files[0]), Embedding.read(files[1])
    stats = RegionStats.read(files[2])
    if map.found is None:
        raise UserError(f"{files[0]}: is of an older version; make it with `{make}`")
    bins = len(map.labels)
    groups = {name: group for name, _, _, group, _ in settings.compared}
    makers = settings.behavior.map_recordings or list(behaviors)
    counts, others = np.zeros((2, bins, bins), np.int64)

    def each() -> Iterator[Behavior]:
        for name, path in behaviors.items():
            found = Behavior.read(path)
            z = found.z[np.isfinite(found.z).all(axis=1)]
            (counts if name in makers else others)[...] += regions.visits(z, bins)
            yield found

    total = collecting.frames_of(behaviors.values())
    recordings, points = collecting.points(each(), bins, groups, total)
    training = _by_region(map, regions.visits(embedding.z, bins))
    share = _by_region(map, counts) / max(counts.sum(), 1)
    if (training != map.points).any() or not _alike(share, map.occupancy):
        raise UserError(
            f"{files[0]}: frames lie elsewhere than when it was made: it is being made again, or "
            f"was only in part; wait for that run to end, or go on with `{make}`"
        )
    every = counts + others
    told = _alike(_by_region(map, every) / max(every.sum(), 1), stats.occupancy)
    return Results(map, embedding, stats, told, behaviors, counts, total, recordings, points)


def _by_region(map: BehaviorMap, counts: np.ndarray) -> np.ndarray:
    """(region,) frames from those in each bin."""
    found = np.bincount(map.labels.ravel(), counts.ravel(), len(map.occupancy) + 1)
    return found[1:].astype(np.int64)


def _alike(shares: np.ndarray, others: np.ndarray) -> bool:
    """Whether they are the same, as exactly as files keep them."""
    return len(shares) == len(others) and bool(np.allclose(shares, others, 1e-5, 1e-7))
