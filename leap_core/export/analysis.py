"""SLEAP's analysis files (``.analysis.h5``): poses as arrays in the order that MATLAB shows.

Its readers take this order without looking at the names of the axes.  Whole numbers are the
middles of pixels, as in our arrays: nothing is moved.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from leap_core.export import shared
from leap_core.export.contents import PoseSet
from leap_core.io import full_disk
from leap_core.io.atomic import atomic_path


def write_poses(poses: PoseSet, path: Path) -> list[str]:
    """Arrays over all frames of the video; what is not there is NaN, as SLEAP writes it.

    The score of an animal is the mean of those of its parts that are there.  The film is named
    only where the points lie on it.

    Raises:
        UserError: positions have a third axis.
    """
    shared.check_plane(poses, path, "SLEAP's analysis file")
    score, notes = shared.scores(poses)
    there = np.isfinite(poses.positions).all(axis=-1)
    animal = there.any(axis=-1)
    tracks = np.where(there[..., None], poses.positions, np.nan)
    rated = np.where(animal, score.sum(axis=-1) / np.maximum(there.sum(axis=-1), 1), np.nan)
    names = poses.skeleton.parts
    edges = np.array(poses.skeleton.edges, dtype=np.int64).reshape(-1, 2)
    arrays = {
        "tracks": (tracks.transpose(1, 3, 2, 0), ("track", "xy", "node", "frame")),
        "track_occupancy": (animal.astype(np.uint8), ("frame", "track")),
        "point_scores": (
            np.where(there, score, np.nan).transpose(1, 2, 0),
            ("track", "node", "frame"),
        ),
        "instance_scores": (rated.T, ("track", "frame")),
        "tracking_scores": (np.where(animal, 0.0, np.nan).T, ("track", "frame")),
    }
    texts = {
        "track_names": _text(poses.animals),
        "node_names": _text(names),
        "edge_names": _text([names[k] for k in edges.ravel()]).reshape(-1, 2),
    }
    on_film = poses.video is not None and poses.reference == "video"
    film = poses.video.as_posix() if on_film and poses.video else ""
    with atomic_path(path) as temporary, full_disk.NewFile(temporary) as file:
        for name, (array, axes) in arrays.items():
            packed = {"compression": "gzip", "shuffle": True} if array.size else {}
            held = file.create_dataset(name, data=np.ascontiguousarray(array), **packed)
            held.attrs["dims"] = json.dumps(axes)
        for name, words in texts.items():
            file.create_dataset(name, data=words)
        file.create_dataset("edge_inds", data=edges)
        file.create_dataset("video_path", data=film)
        file.create_dataset("video_ind", data=0)
        file.create_dataset("labels_path", data="")
        file.create_dataset("provenance", data="{}")
        file.attrs["format"], file.attrs["preset"] = "analysis", "matlab"
        file.attrs["skeleton_name"] = poses.skeleton.name
        file.attrs["skeleton_symmetries"] = json.dumps(poses.skeleton.pairs)
        file.attrs["video_backend_metadata"] = "{}"
    return [*notes, *shared.of_units(poses, "the file")]


def _text(words: tuple[str, ...] | list[str]) -> np.ndarray:
    """Fixed-length UTF-8, of at least one byte (HDF5 has no text of none)."""
    encoded = [word.encode() for word in words]
    return np.array(encoded, dtype=f"S{max([1, *map(len, encoded)])}")
