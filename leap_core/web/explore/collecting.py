"""What the page that explores a map of behavior shows, read off results."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.colors import to_hex

from leap_core.behavior import region_facts
from leap_core.behavior.regions import bin_index
from leap_core.behavior.tsne import HALF_SIDE
from leap_core.containers import Behavior, BehaviorMap, RegionStats
from leap_core.figures import style
from leap_core.figures.quality import clips
from leap_core.io import hdf5, video
from leap_core.timeseries import known_fps
from leap_core.web.explore.contents import Contents

MOST_FRAMES = 1_000_000  # shown at once; of more, every second, third, ...
NOWHERE = 65535  # of a frame that has no place on the map
UNKNOWN = 255  # of a spectrum
MOST_CLIPS, EACH = 240, 6  # in one file, and of one region
CLIP_S = 0.6  # s of each
QUALITY = 28  # of clips, constant rate factor


def head(
    dataset: str,
    area: BehaviorMap,
    stats: RegionStats,
    known: Sequence[int | None],
    recordings: list[dict[str, Any]],
    total: int,
) -> dict[str, Any]:
    """All that is JSON but the clips.

    Args:
        stats: of the regions of the map as the workflow has made it last.
        known: row in ``stats`` of each region, of :func:`same_regions`.
        recordings: of :func:`points`.
        total: frames of all recordings, shown or not.
    """
    return {
        "dataset": dataset,
        "live": False,
        "map": {
            "key": area.key,
            "bins": len(area.labels),
            "half": HALF_SIDE,
            "sub": substeps(len(area.labels)),
            "channels": list(area.channels),
            "frequencies": [float(f) for f in area.frequencies],
            "largest": largest(area),
        },
        "recordings": recordings,
        "total": total,
        "regions": regions(area, stats, known),
        "units": stats.units,
        "speed_edges": np.asarray(stats.speed_edges, float).tolist(),
        "states": list(stats.states),
        "colours": {
            str(k): to_hex(style.region_colour(k)) for k in range(1, len(area.occupancy) + 1)
        },
        "notes": [note for note in (area.note, stats.note) if note],
    }


def frames_of(behaviors: Iterable[Path]) -> int:
    """Frames of all recordings, by their files."""
    total = 0
    for path in behaviors:
        with hdf5.taken_apart(path, Behavior.FORMAT) as file:
            total += len(file["region"])
    return total


def points(
    behaviors: Iterable[Behavior], bins: int, groups: Mapping[str, str], total: int
) -> tuple[list[dict[str, Any]], dict[str, bytes]]:
    """Every frame's place, in steps so small that its bin, and so its region, stays exact.

    Args:
        behaviors: one at a time.
        bins: of the map, along each axis.
        groups: recording -> its group.
        total: frames of all; above ``MOST_FRAMES`` every second, third, ... is taken.
    """
    step = max(1, -(-total // MOST_FRAMES))
    sub = substeps(bins)
    recordings, places, far = [], [], []
    offset = 0
    for behavior in behaviors:
        z = behavior.z[::step]
        known = np.isfinite(z).all(axis=1)
        column = bin_index(z[known], bins)
        within = (np.asarray(z[known], float) + HALF_SIDE) * (bins / (2 * HALF_SIDE)) - column
        fine = np.clip(np.floor(within * sub), 0, sub - 1).astype(np.int64)
        place = np.full((len(z), 2), NOWHERE, "<u2")
        place[known] = column * sub + fine
        places.append(place)
        far.append(np.asarray(behavior.far[::step], np.uint8))
        recordings.append(
            {
                "name": behavior.recording,
                "fps": behavior.fps if known_fps(behavior.fps) else None,
                "first": int(behavior.frame[0]) if len(behavior.frame) else 0,
                "step": step,
                "frames": len(z),
                "offset": offset,
                "group": groups.get(behavior.recording, ""),
            }
        )
        offset += len(z)
    xy = np.concatenate([*places, np.empty((0, 2), "<u2")])
    return recordings, {
        "points": np.ascontiguousarray(xy.T).tobytes(),
        "far": np.concatenate([*far, np.empty(0, np.uint8)]).tobytes(),
    }


def substeps(bins: int) -> int:
    """Steps within a bin, so that all places of a map are 16-bit numbers below ``NOWHERE``."""
    return max(1, (NOWHERE - 1) // bins)


def of_map(area: BehaviorMap, stats: RegionStats, known: Sequence[int | None]) -> dict[str, bytes]:
    """The arrays that change when regions are edited.

    Args:
        known: of :func:`same_regions`.
    """
    top = float(np.nanmax(area.density, initial=0)) or 1.0
    height = np.rint(255 * np.sqrt(np.clip(area.density, 0, None) / top)).astype(np.uint8)
    level = area.spectrum / (largest(area) or 1.0) * (UNKNOWN - 1)
    spectra = np.where(np.isfinite(level), np.clip(np.rint(level), 0, UNKNOWN - 1), UNKNOWN)
    speeds = np.full((len(known), max(len(stats.speed_edges) - 1, 0)), np.nan, "<f4")
    for row, k in enumerate(known):
        if k is not None:
            speeds[row] = stats.speed_density[k]
    return {
        "labels": np.ascontiguousarray(area.labels, "<i2").tobytes(),
        "density": height.tobytes(),
        "spectra": spectra.astype(np.uint8).tobytes(),
        "speeds": speeds.tobytes(),
    }


def largest(area: BehaviorMap) -> float:
    """The highest mean amplitude of any region; 0 without any."""
    return float(np.nanmax(area.spectrum, initial=0))


def same_regions(area: BehaviorMap, described: BehaviorMap) -> list[int | None]:
    """Row of each region among those of another map; None = no region has those bins there."""
    if area is described:
        return list(range(len(area.occupancy)))
    rows: list[int | None] = []
    for k in range(1, len(area.occupancy) + 1):
        bins = area.labels == k
        others = np.unique(described.labels[bins])
        alike = len(others) == 1 and others[0] > 0
        alike = alike and int((described.labels == others[0]).sum()) == int(bins.sum())
        rows.append(int(others[0]) - 1 if alike else None)
    return rows


def regions(
    area: BehaviorMap, stats: RegionStats, known: Sequence[int | None]
) -> list[dict[str, Any]]:
    """What is told of each region; of what no file tells of (yet), None."""
    rows = []
    for k, row in enumerate(known):
        told: dict[str, Any] = {"evidence": "", "speed": None, "locomotor": None, "gait": None}
        if row is not None:
            gait = np.asarray(stats.gait[row], float)
            told = {
                "evidence": region_facts.text(stats, row),
                "speed": _number(stats.speed[row]),
                "locomotor": bool(stats.locomotor[row]),
                "gait": gait.round(4).tolist() if gait.size and np.isfinite(gait).all() else None,
            }
        place = {"x": float(area.peak[k][0]), "y": float(area.peak[k][1])}
        about = {
            "number": k + 1,
            "id": int(area.ids[k]) if area.ids is not None else k + 1,
            "name": area.names[k] if area.names else "",
            "origin": area.origins[k] if area.origins else str(k + 1),
            "occupancy": float(area.occupancy[k]),
        }
        rows.append(about | place | told)
    return rows


def chosen_clips(
    behaviors: Iterable[Behavior], area: BehaviorMap, most: int | None = None
) -> dict[int, list[clips.Visit]]:
    """Typical visits to each region (a number from 1): the middle of each, which is shown.

    Args:
        most: in all; None = as many of every region as there is room for on the page.
    """
    count = len(area.occupancy)
    each = EACH if most is None else max(1, min(EACH, most // max(count, 1)))
    shown = count if most is None else min(count, most)
    found = clips.bouts(behaviors, area, most=each, regions=shown)
    return {k: [_middle(visit) for visit in visits] for k, visits in found.items()}


def _middle(visit: clips.Visit) -> clips.Visit:
    start, stop = clips.middle(visit, CLIP_S)
    return visit._replace(start=start, stop=stop)


def around(row: int, frames: int, fps: float) -> tuple[int, int]:
    """First row and the one after the last of a clip around one row, within a recording."""
    half = max(int(round(CLIP_S * fps / 2)), 1)
    return max(0, row - half), min(frames, row + half)


def clip(
    recording: str,
    start: int,
    stop: int,
    load: clips.Load,
    min_confidence: float,
    fps: float,
) -> bytes:
    """A movie (MP4, H.264) of some rows of a recording, with the skeleton.

    Args:
        fps: at which it plays.
    """
    frames = clips.tiles(recording, np.arange(start, stop), load, min_confidence)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        video.write_video(path, frames, fps, QUALITY)
        return path.read_bytes()


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def of_results(
    dataset: str,
    area: BehaviorMap,
    stats: RegionStats,
    behaviors: Sequence[Path],
    groups: Mapping[str, str],
    load: clips.Load,
    min_confidence: float,
    fps: float,
) -> Contents:
    """All that a page of its own shows.

    Args:
        behaviors: files, read one at a time.
        groups: recording -> its group.
        load: reads frames with their poses (:func:`leap_core.figures.quality.clips.loader`).
        min_confidence: less certain parts are hollow.
        fps: at which clips play.
    """
    total = frames_of(behaviors)
    known = same_regions(area, area)
    recordings, arrays = points(
        (Behavior.read(path) for path in behaviors), len(area.labels), groups, total
    )
    told = head(dataset, area, stats, known, recordings, total)
    arrays |= of_map(area, stats, known)
    first = {one["name"]: one["first"] for one in recordings}
    movies: list[bytes] = []
    shown: dict[str, list[dict[str, Any]]] = {}
    visits = chosen_clips((Behavior.read(p) for p in behaviors), area, MOST_CLIPS)
    for k, each in visits.items():
        for visit in each:
            begin = first[visit.recording]
            at = {"first": begin + visit.start, "last": begin + visit.stop - 1}
            shown.setdefault(str(k), []).append(
                {"recording": visit.recording, **at, "clip": len(movies)}
            )
            movies.append(clip(visit.recording, visit.start, visit.stop, load, min_confidence, fps))
    return Contents(told | {"clips": shown}, arrays, movies)
