"""SLEAP projects (``.slp``): poses as predictions, labels as a person's instances.

SLEAP takes whole numbers for the middles of pixels, as we do: nothing is moved.  sleap-io writes
what stands around the frames.  The frames themselves are arrays here: as its objects they take
13 kB and a millisecond each, measured with two animals of 32 parts.

SLEAP looks for a film at the written path (from where it was started), then beside the project.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from leap_core.errors import UserError
from leap_core.export import shared
from leap_core.export.contents import COVERED, HIDDEN, LabelImages, PoseSet
from leap_core.io import full_disk
from leap_core.io.atomic import atomic_folder, atomic_path
from leap_core.skeleton import Skeleton

PROGRAM = "a SLEAP project"
FILMS = (".mp4", ".avi", ".mov", ".mj2", ".mkv")
USER, PREDICTED = 0, 1  # types of instances


@dataclass(frozen=True)
class _Instances:
    """Animals in frames, ordered by video and frame.

    Attributes:
        video, frame, track: (instance,) numbers.
        xy: (instance, part, xy) NaN = not there.
        visible, complete: (instance, part).
        score: (instance, part) of predictions; None of a person's instances.
    """

    video: np.ndarray
    frame: np.ndarray
    track: np.ndarray
    xy: np.ndarray
    visible: np.ndarray
    complete: np.ndarray
    score: np.ndarray | None = None


def write_poses(poses: PoseSet, path: Path) -> list[str]:
    """Every animal is a track of predictions; a frame without animals has no entry.

    A part that is not there is NaN, invisible and has score 0: SLEAP's window stops at NaN scores.
    The score of an animal is the mean of those of its parts that are there.

    Raises:
        UserError: positions that do not lie on the film (crops, mm), or have a third axis.
    """
    shared.check_plane(poses, path, PROGRAM)
    if poses.reference != "video":
        raise UserError(
            f"{path}: SLEAP shows points on the film, where {poses.reference} ones do not lie; "
            "take the frame of reference `video`, or the format analysis"
        )
    score, notes = shared.scores(poses)
    there = np.isfinite(poses.positions).all(axis=-1)
    frame, animal = np.nonzero(there.any(axis=-1))
    seen = there[frame, animal]
    found = _Instances(
        video=np.zeros(len(frame), int),
        frame=frame,
        track=animal,
        xy=np.where(seen[..., None], poses.positions[frame, animal], np.nan),
        visible=seen,
        complete=np.zeros(seen.shape, bool),
        score=score[frame, animal],
    )
    meta: dict[str, Any] = {}
    if poses.width and poses.height:
        meta["shape"] = [len(poses.positions), poses.height, poses.width, 1]
    if np.isfinite(poses.fps):
        meta["fps"] = float(poses.fps)
    film = _film(poses.video or Path(poses.name or "unknown"), meta)
    with atomic_path(path) as temporary:
        _write(temporary, poses.skeleton, [film], poses.animals, found)
    if poses.video and "type" not in film:
        notes.append(
            f"SLEAP's window opens films of {', '.join(FILMS)}, and {poses.video.name} is none: "
            "convert it, and choose the copy where SLEAP asks for it"
        )
    return notes


def write_labels(labels: LabelImages, path: Path) -> list[str]:
    """Every labeled animal is an instance with its recording as track.

    Frames of films name the film.  Crops, and images of no film, become PNGs in the folder
    ``<name>_images`` beside the project, numbered in their order.  Covered parts keep their place
    and are invisible; absent ones are invisible without a place.

    Raises:
        UserError: no labels, or that folder is there already.
    """
    shared.check_some(labels, path)
    if labels.reference == "video" and all(image.video for image in labels.images):
        with atomic_path(path) as temporary:
            _write_labels(temporary, labels, None, "")
        notes = []
    else:
        beside = path.with_name(f"{path.name.removesuffix(path.suffix)}_images")
        with atomic_path(path) as temporary, atomic_folder(beside) as folder:
            _write_labels(temporary, labels, folder, beside.name)
        notes = [
            f"images lie in {beside.name}: keep it beside the project, and start SLEAP in the "
            "folder that holds both"
        ]
    count = shared.covered(labels)
    if count:
        notes.append(f"{count} covered parts are invisible in SLEAP, which does not train on them")
    return notes


def _write_labels(path: Path, labels: LabelImages, folder: Path | None, beside: str) -> None:
    """The project, and its images in ``folder``, which it calls ``beside``."""
    names = shared.image_names(labels)
    films: dict[Any, dict[str, Any]] = {}
    numbers, frames = [], []
    for image, (place, file) in zip(labels.images, names, strict=True):
        if folder is None or (labels.reference == "video" and image.video):
            assert image.video is not None
            key: Any = image.video
            films.setdefault(key, _film(image.video, {}))
            frames.append(image.frame)
        else:
            pixels = image.read()
            shared.write_png(folder / place / file, pixels)
            key = (place, *pixels.shape)
            listed = films.setdefault(key, _listed(pixels))
            listed["filenames"].append(f"{beside}/{place}/{file}")
            listed["filename"] = listed["filenames"][0]
            listed["shape"][0] += 1
            frames.append(len(listed["filenames"]) - 1)
        numbers.append(list(films).index(key))
    tracks = tuple(dict.fromkeys(name for image in labels.images for name in image.animals))
    order = np.lexsort([frames, numbers])
    rows = [(k, a) for k in order for a in range(len(labels.images[k].animals))]
    xy = np.array([labels.images[k].positions[a] for k, a in rows], float)
    state = np.array([labels.images[k].visible[a] for k, a in rows])
    parts = len(labels.skeleton)
    xy, state = xy.reshape(-1, parts, 2), state.reshape(-1, parts)
    hidden = (state == HIDDEN) | np.isnan(xy).any(axis=-1)
    kept = ~hidden.all(axis=-1)
    found = _Instances(
        video=np.array([numbers[k] for k, _ in rows], int)[kept],
        frame=np.array([frames[k] for k, _ in rows], int)[kept],
        track=np.array([tracks.index(labels.images[k].animals[a]) for k, a in rows], int)[kept],
        xy=np.where(hidden[..., None], np.nan, xy)[kept],
        visible=(~hidden & (state != COVERED))[kept],
        complete=~hidden[kept],
    )
    _write(path, labels.skeleton, list(films.values()), tracks, found)


def _film(path: Path, meta: dict[str, Any]) -> dict[str, Any]:
    """What SLEAP keeps of a film; whether it is grey is left to the reader."""
    kind = {"type": "MediaVideo"} if path.suffix.lower() in FILMS else {}
    fixed = {"grayscale": None, "bgr": True, "dataset": "", "input_format": ""}
    return {**kind, "filename": path.as_posix(), **fixed, **meta}


def _listed(pixels: np.ndarray) -> dict[str, Any]:
    """What SLEAP keeps of images that stand for a film, before it has any."""
    height, width, *more = pixels.shape
    channels = more[0] if more else 1
    return {
        "type": "ImageVideo",
        "shape": [0, height, width, channels],
        "filename": "",
        "filenames": [],
        "height_": height,
        "width_": width,
        "channels_": channels,
        "grayscale": channels == 1,
    }


def _write(
    path: Path,
    skeleton: Skeleton,
    films: list[dict[str, Any]],
    tracks: tuple[str, ...],
    found: _Instances,
) -> None:
    """The frame of a project by sleap-io, with these instances in it."""
    import sleap_io  # slow to import, and only this format needs it

    names = list(skeleton.parts)
    bones = sleap_io.Skeleton(
        names,
        edges=[(names[a], names[b]) for a, b in skeleton.edges],
        symmetries=[tuple(pair) for pair in skeleton.pairs],
        name=skeleton.name,
    )
    videos = [
        sleap_io.Video(
            filename=film.get("filenames", film["filename"]),
            backend_metadata=film,
            open_backend=False,
        )
        for film in films
    ]
    empty = sleap_io.Labels(
        videos=videos, skeletons=[bones], tracks=[sleap_io.Track(name) for name in tracks]
    )
    with tempfile.TemporaryDirectory() as folder, full_disk.NewFile(path) as file:
        around = Path(folder) / "around.slp"
        empty.save(str(around), verbose=False)
        with h5py.File(around) as old:
            arrays = _arrays(found, {name: old[name].dtype for name in ARRAYS})
            for name in old:
                if name in arrays:
                    options = {"compression": "gzip", "shuffle": True} if arrays[name].size else {}
                    file.create_dataset(name, data=arrays[name], **options)
                else:
                    old.copy(name, file)
            text = json.loads(old["metadata"].attrs["json"])
        _order_pairs(text)
        line = json.dumps(text, separators=(",", ":"))
        file["metadata"].attrs["json"] = np.bytes_(line.encode())


ARRAYS = ("frames", "instances", "points", "pred_points")


def _order_pairs(metadata: dict[str, Any]) -> None:
    """Mirror partners in the order of the parts: sleap-io keeps them in sets, in any order."""
    for graph in metadata["skeletons"]:
        for link in graph["links"]:
            if "edge_insert_idx" not in link:
                link["source"], link["target"] = sorted((link["source"], link["target"]))


def _arrays(found: _Instances, kinds: dict[str, np.dtype]) -> dict[str, np.ndarray]:
    """The four tables of a project."""
    count, parts = found.visible.shape
    changes = np.flatnonzero(
        np.diff(found.video, prepend=-1).astype(bool)
        | np.diff(found.frame, prepend=-1).astype(bool)
    )
    frames = np.zeros(len(changes), kinds["frames"])
    frames["frame_id"] = np.arange(len(changes))
    frames["video"], frames["frame_idx"] = found.video[changes], found.frame[changes]
    frames["instance_id_start"] = changes
    frames["instance_id_end"] = np.append(changes[1:], count)[: len(changes)]
    instances = np.zeros(count, kinds["instances"])
    instances["instance_id"] = np.arange(count)
    instances["instance_type"] = USER if found.score is None else PREDICTED
    instances["frame_id"] = np.repeat(np.arange(len(changes)), np.diff(np.append(changes, count)))
    instances["track"], instances["from_predicted"] = found.track, -1
    instances["point_id_start"] = np.arange(count) * parts
    instances["point_id_end"] = np.arange(1, count + 1) * parts
    held = "points" if found.score is None else "pred_points"
    arrays = {name: np.zeros(0, kinds[name]) for name in ("points", "pred_points")}
    points = np.zeros(count * parts, kinds[held])
    points["x"], points["y"] = found.xy[..., 0].ravel(), found.xy[..., 1].ravel()
    points["visible"], points["complete"] = found.visible.ravel(), found.complete.ravel()
    if found.score is not None:
        points["score"] = found.score.ravel()
        total = np.where(found.visible, found.score, 0).sum(axis=1)
        instances["score"] = total / np.maximum(found.visible.sum(axis=1), 1)
    return {"frames": frames, "instances": instances, **arrays, held: points}
