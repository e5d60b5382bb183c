"""Labels of the browser on the crops as they are cut now.

A label is kept in pixels of the video.  The crop that shows it is that of the animal which the
track has nearest to where the labeled one was: so it survives a heading turned about, two animals
swapped, and crops of another size.  No animal takes the labels of two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from leap_core import containers, geometry
from leap_core.containers import Labels, crops, tracks
from leap_core.errors import UserError
from leap_core.labels.edits import Item, LabelSet
from leap_core.labels.reporting import report
from leap_core.skeleton import Skeleton

SAME = 1e-2  # px and rad: a crop and the track that it was cut along
ABSENT = 3  # status in labels: a person says that the part is not there
# How far the middle of a crop may have moved since it was labeled, shares of its side: the only
# animal may be found by another recipe, of several the next one may be a body's width away.
REACH, REACH_OF_SEVERAL = 1 / 2, 1 / 8


@dataclass(frozen=True)
class Place:
    """The crop that shows an item.

    Attributes:
        recording: one animal in one video, animal: its number there.
        row: in the file of crops.
        center: (x, y) px of the video, heading: rad, size: px.
    """

    recording: str
    animal: int
    row: int
    center: tuple[float, float]
    heading: float
    size: int

    def to_crop(self, points) -> np.ndarray:
        """Video points (n, 2) as points of the crop."""
        return self._turn(geometry.to_crop, points)

    def to_video(self, points) -> np.ndarray:
        """Points of the crop (n, 2) as points of the video."""
        return self._turn(geometry.to_video, points)

    def _turn(self, function, points) -> np.ndarray:
        points = np.asarray(points, float).reshape(1, -1, 2)
        return function(points, np.array([self.center]), np.array([self.heading]), self.size)[0]


def locate(
    items: Iterable[Item],
    recordings: Mapping[str, tuple[str, int]],
    crops_of: Callable[[str], Path],
    track_of: Callable[[str], Path],
) -> dict[str, Place | str]:
    """Where each item is shown now: its crop, or why there is none.

    Args:
        recordings: name -> (video, animal).
        crops_of: the file of crops of a recording.
        track_of: the file of the track of a video.
    """
    found: dict[str, Place | str] = {}
    named = {place: name for name, place in recordings.items()}
    by_video: dict[str, list[Item]] = {}
    for item in items:
        by_video.setdefault(item.video, []).append(item)
    for video, members in by_video.items():
        if not any(v == video for v, _ in recordings.values()):
            found |= {i.key: f"video {video!r} is not in the config" for i in members}
        elif not track_of(video).exists():
            found |= {i.key: f"{track_of(video)} is not there; make it again" for i in members}
        else:
            found |= _of_video(video, members, named, crops_of, track_of(video))
    return {item.key: found[item.key] for group in by_video.values() for item in group}


def _of_video(
    video: str, members: list[Item], named, crops_of, track_path
) -> dict[str, Place | str]:
    found: dict[str, Place | str] = {}
    frames = np.array([item.frame for item in members])
    track = tracks.rows(track_path, frames)
    by_recording: dict[str, list[tuple[Item, int, int]]] = {}
    for k, animal in enumerate(_animals(members, track)):
        item = members[k]
        if isinstance(animal, str):
            found[item.key] = animal
        elif (video, animal) not in named:
            found[item.key] = f"the config has no animal {animal} in video {video!r}"
        else:
            by_recording.setdefault(named[video, animal], []).append((item, k, animal))
    for recording, group in by_recording.items():
        path = crops_of(recording)
        if not path.exists():
            found |= {i.key: f"{path} is not there; make it again" for i, _, _ in group}
            continue
        there = crops.rows(path, np.array([item.frame for item, _, _ in group]))
        for n, (item, k, animal) in enumerate(group):
            x, y = map(float, track.centroid[animal, k])
            heading = float(track.heading[animal, k])
            place = Place(recording, animal, int(there.row[n]), (x, y), heading, there.side)
            corner = (0, 0) if track.camera is None else track.camera[k]
            moved = there.center[n] - track.centroid[animal, k] - corner
            if place.row < 0:
                found[item.key] = "this frame has no crop"
            elif np.abs([*moved, there.heading[n] - track.heading[animal, k]]).max() > SAME:
                found[item.key] = f"{path} was cut along another track; make it again"
            else:
                found[item.key] = place
    return found


def _animals(members: list[Item], track: tracks.Track) -> list[int | str]:
    """The animal whose crop shows each item, or why there is none.

    Args:
        track: its axis ``frame`` is that of ``members``.
    """
    reach = REACH if len(track.valid) == 1 else REACH_OF_SEVERAL
    found: list[int | str] = []
    claims: dict[tuple[int, int], list[tuple[bool, float, int]]] = {}
    for k, item in enumerate(members):
        valid = track.valid[:, k]
        if not item.points and not np.isfinite(item.center).all():  # nobody has seen it yet
            there = item.animal < len(valid) and valid[item.animal]
            found.append(item.animal if there else "the animal is not tracked in this frame")
            continue
        away = np.hypot(*(track.centroid[:, k] - np.array(item.center)).T)
        away[~valid | ~np.isfinite(away)] = np.inf
        best = int(np.argmin(away))
        if away[best] <= reach * item.size:
            found.append(best)
            claim = (not item.points, float(away[best]), k)
            claims.setdefault((item.frame, best), []).append(claim)
        else:
            found.append("no animal is tracked near it in this frame")
    for rivals in claims.values():
        (_, _, first), *others = sorted(rivals)
        for _, _, k in others:
            found[k] = f"the animal nearest to it is that of {members[first].key}"
    return found


def to_labels(
    found: LabelSet,
    places: Mapping[str, Place | str],
    skeleton: Skeleton,
    crops_of: Callable[[str], Path],
) -> tuple[Labels, list[str]]:
    """Labels on the crops as they are now, and what had to be left out, a line each.

    Covered parts count as labels and are marked ``occluded``; absent ones have status 3.

    Raises:
        UserError: no item that is shown has a label.
    """
    names, lost = set(skeleton.parts), []
    rows: list[tuple[Item, Place]] = []
    # by content, not by the order in which frames were labeled
    for item in sorted(found.labeled, key=lambda item: (item.video, item.frame, item.animal)):
        place = places[item.key]
        if isinstance(place, str):
            lost.append(f"{item.key}: {place}")
        elif known := set(item.points) & names:
            rows.append((item, place))
            if missing := sorted(set(item.points) - known):
                lost.append(f"{item.key}: not in the skeleton: {', '.join(missing)}")
    if not rows:
        raise UserError(
            "labels of the browser: none on a crop that is there; label frames with `leap label`"
            + (f" ({lost[0]})" if lost else "")
        )
    sizes = {place.size for _, place in rows}
    if len(sizes) > 1:
        raise UserError(
            f"crops are of different sizes ({', '.join(map(str, sorted(sizes)))} px); "
            "make them again"
        )
    size = sizes.pop()
    count, parts = len(rows), len(skeleton)
    positions = np.full((count, parts, 2), np.nan)
    status = np.zeros((count, parts), np.int8)
    occluded = np.zeros((count, parts), bool)
    for k, (item, place) in enumerate(rows):
        kept = {skeleton.index(k): p for k, p in item.points.items() if k in names}
        placed = {j: p for j, p in kept.items() if p.x is not None and p.y is not None}
        status[k, list(kept)] = ABSENT
        at_all = place.to_crop([(p.x, p.y) for p in placed.values()])
        for joint, at in zip(placed, at_all, strict=True):
            if not ((at >= -0.5) & (at <= size - 0.5)).all():
                part, status[k, joint] = skeleton.parts[joint], 0
                lost.append(
                    f"{item.key}: {part} lies outside of the crop, at {at[0]:.1f}, {at[1]:.1f} px"
                )
                continue
            positions[k, joint], status[k, joint] = at, 1
            occluded[k, joint] = placed[joint].state == "occluded"
    images = np.zeros((count, size, size, 1), np.uint8)
    scales = set()
    for name in sorted({place.recording for _, place in rows}):
        with containers.open_crops(crops_of(name)) as reader:
            scales.add(reader.px_per_mm)
            for k, (_, place) in enumerate(rows):
                if place.recording == name:
                    images[k] = reader.images[place.row]
    labels = Labels(
        images=images,
        positions=positions,
        status=status,
        source=np.array([place.recording for _, place in rows], dtype=str),
        frame=np.array([item.frame for item, _ in rows]),
        split=np.full(count, containers.SPLITS["none"]),
        occluded=occluded,
        video=np.array([item.video for item, _ in rows], dtype=str),
        skeleton=skeleton,
        px_per_mm=scales.pop() if len(scales) == 1 else float("nan"),
    )
    return labels, lost


def place(
    found: LabelSet,
    skeleton: Skeleton,
    recordings: Mapping[str, tuple[str, int]],
    crops_of: Callable[[str], Path],
    track_of: Callable[[str], Path],
) -> tuple[Labels, dict[str, Any]]:
    """:func:`locate` and :func:`to_labels`, and a report.

    Returns:
        labels, and :func:`leap_core.labels.reporting.report` with ``left_out``: labels that are on
        no crop, a line each.

    Raises:
        UserError: no label is on a crop that is there.
    """
    places = locate(found.labeled, recordings, crops_of, track_of)
    labels, left_out = to_labels(found, places, skeleton, crops_of)
    return labels, report(labels) | {"left_out": left_out}
