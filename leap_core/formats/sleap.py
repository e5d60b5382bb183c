"""SLEAP: labels of projects (``.slp``, ``.pkg.slp``), poses of projects and analysis files.

Projects are read by sleap-io; the analysis export holds plain arrays (``.h5``) or is a table
(``.csv``).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np

from leap_core.errors import UserError
from leap_core.formats import sleap_csv, sleap_videos
from leap_core.formats.raw_labels import (
    Head,
    RawLabels,
    SkeletonParts,
    no_images,
    row_slice,
    stack,
)
from leap_core.formats.raw_poses import NAN, RawPoses
from leap_core.io.pixels import Depth
from leap_core.io.untrusted import open_hdf5

PROJECT = {"metadata", "frames", "instances", "points"}  # top-level names of a project
# axes of an analysis file without `dims` (numpy's order of what MATLAB would show reversed)
ANALYSIS = ("track", "xy", "node", "frame")
HIGHEST = 2.0  # peaks of real files reach 1.35
EXPORT = "export it again from SLEAP"


def recognizes(head: Head) -> bool:
    """A project has metadata, frames, instances and points."""
    return PROJECT <= head.keys


def recognizes_poses(head: Head) -> bool:
    """An analysis file, which holds no labels."""
    return {"tracks", "node_names"} <= head.keys or b"instance.score" in head.start


def recognizes_skeleton(head: Head) -> bool:
    """A skeleton is jsonpickle of a networkx graph."""
    return head.start.lstrip().startswith(b"{") and b"sleap.skeleton" in head.start


def read_labels(path: Path, rows: Sequence[int] | None, depth: Depth) -> RawLabels:
    """Read what people labeled; predictions in the file are left out.

    Every instance is one sample that keeps the frame index of its video.  Images come from the
    file itself, or from the video where it lies beside the project and is the one that was
    labeled (:mod:`leap_core.formats.sleap_videos`); otherwise there are none.  Where only some of
    several videos are there, the labels of the others are left out.
    """
    import sleap_io  # slow to import, and only this format needs it

    # a project may name a video by url or on another disk: nothing is opened that is not asked for
    project = sleap_io.load_slp(str(path), open_videos=False)
    found = [(frame, one) for frame in project.labeled_frames for one in frame.user_instances]
    if not found:
        raise UserError(
            f"{path}: holds no labels made by a person, only predictions or nothing; name the "
            "labeled project, or analyze the predictions: name the file in `videos` with "
            "`poses: sleap` (to train on them, see docs/labels.md)"
        )
    names = {one.skeleton.name: one.skeleton for _, one in found}
    if len({tuple(s.node_names) for s in names.values()}) > 1:
        raise UserError(f"{path}: uses {len(names)} skeletons; export one project for each")
    skeleton = found[0][1].skeleton
    found = found[row_slice(path, rows, len(found))]
    videos = {id(frame.video): frame.video for frame, _ in found}
    wanted: dict[int, list[int]] = {}
    for frame, _ in found:
        wanted.setdefault(id(frame.video), []).append(frame.frame_idx)
    images, notes = sleap_videos.read(path, wanted, videos, project.videos, depth)
    if images:
        found = [(frame, one) for frame, one in found if id(frame.video) in images]
    pictures = (images[id(frame.video)][frame.frame_idx] for frame, _ in found if images)
    stacked, told = stack(pictures, path, depth)
    name = sleap_videos.names(videos.values())
    return RawLabels(
        positions=np.stack([one.numpy() for _, one in found])[..., :2],
        images=stacked if images else no_images(len(found)),
        frame=np.array([frame.frame_idx for frame, _ in found]),
        parts=tuple(skeleton.node_names),
        edges=tuple((int(a), int(b)) for a, b in skeleton.edge_inds),
        group=tuple(name[id(frame.video)] for frame, _ in found) if len(videos) > 1 else (),
        numbered=True,
        pairs=_pairs(skeleton),
        notes=(*notes, *told),
    )


def _pairs(skeleton) -> tuple[tuple[str, str], ...]:
    """Mirror partners in the order of the parts."""
    order = skeleton.node_names.index
    pairs = (sorted((n.name for n in pair.nodes), key=order) for pair in skeleton.symmetries)
    return tuple(sorted(((a, b) for a, b in pairs), key=lambda pair: order(pair[0])))


def read_skeleton(path: Path) -> SkeletonParts:
    """Names, edges and mirror partners of a skeleton that SLEAP wrote as JSON."""
    import sleap_io

    try:
        skeleton = sleap_io.load_skeleton(str(path))
    except (ValueError, KeyError, json.JSONDecodeError) as error:
        raise UserError(
            f"{path}: not a readable SLEAP skeleton ({error}); export it again"
        ) from error
    skeleton = skeleton[0] if isinstance(skeleton, list) else skeleton
    edges = tuple((int(a), int(b)) for a, b in skeleton.edge_inds)
    return tuple(skeleton.node_names), edges, _pairs(skeleton)


def read_poses(path: Path, animals: int) -> RawPoses:
    """Tracks become animals in their order in the file; scores are the confidence.

    Points that a person corrected win over predicted ones and have confidence 1; an analysis file
    shows them as animals that have no score at all.  Scores up to 2, peaks of SLEAP's maps, count
    as 1 where they exceed it.  With ``animals`` = 1 and never two in one frame, pieces of tracks
    are joined.  Positions on a crop become those in the whole video.

    Raises:
        UserError: neither kind of file, several videos or skeletons, or another number of tracks.
    """
    keys: set[str] = set()
    if h5py.is_hdf5(path):
        with open_hdf5(path) as file:
            keys = set(file)
    fps, rated, first = NAN, True, 0
    notes: list[str] = []
    if {"tracks", "node_names"} <= keys:
        table, parts, names, rated = _read_analysis(path)
    elif PROJECT <= keys:
        table, parts, names, fps, notes = _read_project(path)
    elif keys:
        raise UserError(f"{path}: neither a SLEAP project nor its analysis file; {EXPORT}")
    else:
        table, first, parts, names = sleap_csv.read(path)
        rated = bool(np.isfinite(table[..., 2]).any())
    found = np.isfinite(table[..., 0]).any(axis=2)
    if animals == 1 and len(table) > 1 and (found.sum(axis=0) <= 1).all():
        piece = found.argmax(axis=0)
        table = table[piece, np.arange(table.shape[1])][None]
        found, names = found.any(axis=0)[None], [""]
    used = found.any(axis=1)
    if used.sum() != animals:
        counts = ", ".join(
            f"{names[k]!r} in {found[k].sum()} frames" for k in np.flatnonzero(used)[:6]
        )
        raise UserError(
            f"{path}: holds {used.sum()} tracks ({counts or 'none'}) but `animals` is {animals}; "
            "join or delete tracks in SLEAP, or correct `animals`"
        )
    table = table[used]
    scores = _confidence(table) if rated else None
    frame = np.arange(table.shape[1]) + first
    return RawPoses(table[..., :2], scores, frame, parts, fps, tuple(notes))


def _confidence(table: np.ndarray) -> np.ndarray:
    """(track, frame, node) from (track, frame, node, x y score)."""
    seen, scores = np.isfinite(table[..., :2]).all(axis=-1), table[..., 2]
    corrected = np.isnan(scores).all(axis=2, keepdims=True) & seen
    return np.where(corrected | ((scores > 1) & (scores <= HIGHEST)), 1.0, scores)


def _read_analysis(path: Path) -> tuple[np.ndarray, tuple[str, ...], list[str], bool]:
    """(track, frame, node, x y score), names of nodes and tracks, has the file scores."""
    with open_hdf5(path) as file:
        axes = tuple(json.loads(file["tracks"].attrs.get("dims", json.dumps(ANALYSIS))))
        parts, names = ([n.decode() for n in file[k][()]] for k in ("node_names", "track_names"))
        if sorted(axes) != sorted(ANALYSIS) or file["tracks"].ndim != 4:
            raise UserError(f"{path}: axes of `tracks` are {axes}, not {ANALYSIS}; {EXPORT}")
        points = np.transpose(file["tracks"][()], [axes.index(a) for a in _ordered("xy")])
        if points.shape[2:] != (len(parts), 2):
            raise UserError(f"{path}: `tracks` has the shape {points.shape}; {EXPORT}")
        scores = np.full(points.shape[:-1], NAN)
        rated = "point_scores" in file
        if rated:
            axes = tuple(axis for axis in axes if axis != "xy")
            scores = np.transpose(file["point_scores"][()], [axes.index(a) for a in _ordered()])
    names = names or [""]
    table = np.concatenate([points, scores[..., None]], axis=-1)
    return table, tuple(parts), names, rated


def _ordered(*last: str) -> tuple[str, ...]:
    return ("track", "frame", "node", *last)


def _read_project(
    path: Path,
) -> tuple[np.ndarray, tuple[str, ...], list[str], float, list[str]]:
    """As :func:`_read_analysis` of a file with scores, and its frame rate and notes."""
    import sleap_io  # slow to import, and only this format needs it

    project = sleap_io.load_slp(str(path), open_videos=False)
    if not project.labeled_frames:
        raise UserError(f"{path}: holds no animals; export the predictions")
    if len({id(frame.video) for frame in project.labeled_frames}) > 1:
        raise UserError(f"{path}: holds {len(project.videos)} videos; export one file for each")
    if len(project.skeletons) != 1:
        raise UserError(f"{path}: holds {len(project.skeletons)} skeletons; export one")
    twice = Counter(frame.frame_idx for frame in project.labeled_frames).most_common(1)[0]
    if twice[1] > 1:
        raise UserError(f"{path}: frame {twice[0]} is there twice; {EXPORT}")
    film = project.labeled_frames[0].video
    # sleap-io joins all tracks where no frame holds two animals
    table = project.numpy(video=film, return_confidence=True, untracked=not project.tracks)
    loose = sum(one.track is None for frame in project.labeled_frames for one in frame.instances)
    if loose and table.shape[1] > 1:
        raise UserError(f"{path}: {loose} animals belong to no track; track them in SLEAP")
    names = [track.name for track in project.tracks] or [""]
    fps = getattr(film, "fps", None) or NAN
    parts = tuple(project.skeletons[0].node_names)
    table = np.moveaxis(table, 1, 0).astype(float)
    notes = []
    rect = sleap_videos.rectangle(film)
    if rect is not None:
        table[..., :2] += rect[:2]
        notes.append(
            f"{path}: was tracked on a crop of its video, whose corner lies at x = {rect[0]}, y = "
            f"{rect[1]} px; positions are those in the whole video"
        )
    return table, parts, names, float(fps), notes
