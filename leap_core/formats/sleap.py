"""SLEAP projects (``.slp``) and packages with embedded images (``.pkg.slp``), by sleap-io."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

import numpy as np

from leap_core.errors import UserError
from leap_core.formats.raw_labels import (
    Head,
    Raw,
    find_beside,
    no_images,
    row_slice,
    stack,
    to_grey,
)
from leap_core.io import video


def recognizes(head: Head) -> bool:
    """A project has metadata, frames, instances and points."""
    return {"metadata", "frames", "instances", "points"} <= head.keys


def recognizes_skeleton(head: Head) -> bool:
    """A skeleton is jsonpickle of a networkx graph."""
    return head.start.lstrip().startswith(b"{") and b"sleap.skeleton" in head.start


def read(path: Path, rows: Sequence[int] | None) -> Raw:
    """Read what people labeled; predictions in the file are left out.

    Every instance is one sample that keeps the frame index of its video.  Images come from the
    file itself, or from the video where it lies beside the project; otherwise there are none.
    """
    import sleap_io  # slow to import, and only this format needs it

    # a project may name a video by url or on another disk: nothing is opened that is not asked for
    project = sleap_io.load_slp(str(path), open_videos=False)
    found = [(frame, one) for frame in project.labeled_frames for one in frame.user_instances]
    if not found:
        raise UserError(
            f"{path}: holds no labels made by a person, only predictions or nothing; "
            "name the labeled project"
        )
    names = {one.skeleton.name: one.skeleton for _, one in found}
    if len({tuple(s.node_names) for s in names.values()}) > 1:
        raise UserError(f"{path}: uses {len(names)} skeletons; export one project for each")
    skeleton = found[0][1].skeleton
    found = found[row_slice(path, rows, len(found))]
    videos = list(dict.fromkeys(id(frame.video) for frame, _ in found))
    stems = [_stem(frame.video) for frame, _ in found]
    return Raw(
        positions=np.stack([one.numpy() for _, one in found])[..., :2],
        images=_images(path, found),
        frame=np.array([frame.frame_idx for frame, _ in found]),
        parts=tuple(skeleton.node_names),
        edges=tuple((int(a), int(b)) for a, b in skeleton.edge_inds),
        group=tuple(stems) if len(videos) > 1 else (),
    )


def _stem(source) -> str:
    name = source.filename if isinstance(source.filename, str) else source.filename[0]
    return Path(str(name).replace("\\", "/")).stem


def _images(path: Path, found: list) -> np.ndarray:
    wanted: dict[int, dict[int, np.ndarray | None]] = {}
    videos = {}
    for frame, _ in found:
        videos[id(frame.video)] = frame.video
        wanted.setdefault(id(frame.video), {})[frame.frame_idx] = None
    for key, frames in wanted.items():
        source = videos[key]
        several = isinstance(source.filename, list)
        embedded = not several and Path(source.filename) == path
        if embedded or (several and source.exists(check_all=True)):
            source.open()
            for index in frames:
                frames[index] = to_grey(source[index], f"{path} frame {index}")
            continue
        name = source.filename if isinstance(source.filename, str) else ""
        beside = find_beside(path, name, levels=0) if name else None
        same_name = path.with_suffix(".mp4")
        recorded = beside or (same_name if same_name.is_file() else None)
        if recorded is None:
            return no_images(len(found))
        for index, image in video.read_frames(recorded):
            if index in frames:
                frames[index] = image
            if index >= max(frames):
                break
        missing = [index for index, image in frames.items() if image is None]
        if missing:
            raise UserError(
                f"{path}: frame {missing[0]} is not in {recorded}; "
                "put the video beside it that was labeled"
            )
    images = (wanted[id(frame.video)][frame.frame_idx] for frame, _ in found)
    return stack(cast(Iterator[np.ndarray], images), path)  # none is missing any more


def read_skeleton(path: Path) -> tuple[tuple[str, ...], tuple[tuple[int, int], ...]]:
    """Names and edges of a skeleton that SLEAP wrote as JSON."""
    import sleap_io

    try:
        skeleton = sleap_io.load_skeleton(str(path))
    except (ValueError, KeyError, json.JSONDecodeError) as error:
        raise UserError(
            f"{path}: not a readable SLEAP skeleton ({error}); export it again"
        ) from error
    skeleton = skeleton[0] if isinstance(skeleton, list) else skeleton
    return tuple(skeleton.node_names), tuple((int(a), int(b)) for a, b in skeleton.edge_inds)
