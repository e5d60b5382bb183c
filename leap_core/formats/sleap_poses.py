"""SLEAP: projects with predictions (``.slp``) and the arrays of its analysis export (``.h5``)."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np

from leap_core.errors import UserError
from leap_core.formats.raw_poses import NAN, Raw
from leap_core.io.untrusted import open_hdf5

# axes of an analysis file without `dims` (numpy's order of what MATLAB would show reversed)
ANALYSIS = ("track", "xy", "node", "frame")
HIGHEST = 2.0  # peaks of real files reach 1.35
EXPORT = "export it again from SLEAP"


def read(path: Path, animals: int) -> Raw:
    """Tracks become animals in their order in the file; scores are the confidence.

    Points that a person corrected win over predicted ones and have confidence 1; an analysis file
    shows them as animals that have no score at all.  Scores up to 2, peaks of SLEAP's maps, count
    as 1 where they exceed it.  With
    ``animals`` = 1 and never two in one frame, pieces of tracks are joined.

    Raises:
        UserError: neither kind of file, several videos or skeletons, or another number of tracks.
    """
    with open_hdf5(path) as file:
        keys = set(file)
    if {"tracks", "node_names"} <= keys:
        table, parts, names, fps, rated = _read_analysis(path)
    elif {"metadata", "frames", "instances", "points"} <= keys:
        table, parts, names, fps = _read_project(path)
        rated = True
    else:
        raise UserError(f"{path}: neither a SLEAP project nor its analysis HDF5; {EXPORT}")
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
    return Raw(table[..., :2], scores, np.arange(table.shape[1]), parts, fps)


def _confidence(table: np.ndarray) -> np.ndarray:
    """(track, frame, node) from (track, frame, node, x y score)."""
    seen, scores = np.isfinite(table[..., :2]).all(axis=-1), table[..., 2]
    corrected = np.isnan(scores).all(axis=2, keepdims=True) & seen
    return np.where(corrected | ((scores > 1) & (scores <= HIGHEST)), 1.0, scores)


def _read_analysis(path: Path) -> tuple[np.ndarray, tuple[str, ...], list[str], float, bool]:
    """(track, frame, node, x y score), names of nodes and tracks, rate, has the file scores."""
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
    return table, tuple(parts), names, NAN, rated


def _ordered(*last: str) -> tuple[str, ...]:
    return ("track", "frame", "node", *last)


def _read_project(path: Path) -> tuple[np.ndarray, tuple[str, ...], list[str], float]:
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
    return np.moveaxis(table, 1, 0).astype(float), parts, names, float(fps)
