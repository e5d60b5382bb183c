"""Poses as Neurodata Without Borders files (NWB 2, extension ndx-pose), one animal a file.

``processing/behavior`` holds ``Skeletons`` and a ``PoseEstimation`` of one series a part, all of
one length and one clock: the first frame of the video is second 0, the rate is a float.  Pixels
count from the middle of the first one, as in the pipeline, and every series says so; NaN stays.

Equal poses give equal bytes (:mod:`leap_core.export.nwb_file`).
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from leap_core.errors import UserError
from leap_core.export import nwb_file
from leap_core.export.contents import PoseSet
from leap_core.export.nwb_behavior import write_behavior
from leap_core.io import atomic
from leap_core.timeseries import require_fps

if TYPE_CHECKING:
    from pynwb import NWBFile

__all__ = ["write_behavior", "write_poses"]

SOFTWARE = "leap-pipeline"
UNITS = {"px": "pixels", "mm": "millimeters"}
# what else lies in the group of the series
TAKEN = {
    *("description", "original_videos", "labeled_videos", "dimensions", "scorer", "device"),
    *("source_software", "skeleton", "source_video", "labeled_video"),
}
CONFIDENCE = (
    "height of the part's peak in the network's confidence map, or the likelihood that imported "
    "poses come with; 0 to 1, NaN = unknown"
)


def write_poses(poses: PoseSet, path: Path) -> list[str]:
    """Write the poses of one video, one file an animal; returns what the format could not hold.

    Args:
        path: of the file where there is one animal; several animals get ``<stem>.<animal>.nwb``
            beside it, because a file is about one subject.

    Raises:
        UserError: the frame rate is unknown, two names of parts become one, or a file cannot be
            written.
    """
    require_fps(poses.fps, f"{path}: {poses.name}")
    paths, lines = [path], []
    if len(poses.animals) > 1:
        paths = [path.with_name(f"{path.stem}.{each}{path.suffix}") for each in poses.animals]
        names = ", ".join(each.name for each in paths)
        lines.append(f"an NWB file holds one animal: written are {names}")
    parts = _part_names(poses, path)
    atomic.check_writable(paths)
    for animal, target in enumerate(paths):
        _write(_alone(poses, animal, parts), target)
    renamed = [f"{a} as {b}" for a, b in zip(poses.skeleton.parts, parts, strict=True) if a != b]
    if renamed:
        lines.append(f"NWB does not take every name: written are {', '.join(renamed)}")
    if poses.skeleton.pairs:
        lines.append("mirror partners are not kept: skeletons of NWB have parts and edges alone")
    lines.append(nwb_file.NO_DATE)
    return lines


def _part_names(poses: PoseSet, path: Path) -> tuple[str, ...]:
    """Names that can be those of series."""
    names = tuple(re.sub(r"[/:]|^\.+$", "_", part) for part in poses.skeleton.parts)
    names = tuple(f"{name}_" if name in TAKEN else name for name in names)
    for name in names:
        if names.count(name) > 1:
            alike = [p for p, n in zip(poses.skeleton.parts, names, strict=True) if n == name]
            raise UserError(
                f"{path}: parts {' and '.join(alike)} would both be {name!r} in NWB, whose names "
                "have no / or :; rename one in the skeleton"
            )
    return names


def _alone(poses: PoseSet, animal: int, parts: tuple[str, ...]) -> PoseSet:
    """One animal, its parts named as in the file."""
    confidence = np.asarray(poses.confidence[:, [animal]], np.float32)
    return replace(
        poses,
        positions=np.asarray(poses.positions[:, [animal]], np.float32),
        confidence=np.clip(confidence, 0, 1),
        animals=(poses.animals[animal],),
        skeleton=replace(poses.skeleton, parts=parts),
    )


def _write(poses: PoseSet, path: Path) -> None:
    words = (*poses.animals, poses.name, poses.reference, poses.skeleton.parts)
    numbers = (poses.fps, poses.px_per_mm, poses.width, poses.height)
    edges = np.array(poses.skeleton.edges, np.int64)
    number = nwb_file.digest(
        (words, [float(each) for each in numbers]), (poses.positions, poses.confidence, edges)
    )
    what = f"Poses of {poses.animals[0]} in video {poses.name}, one row a frame from the first on."
    file = nwb_file.new_file(poses.animals[0], what, number)
    if poses.video is not None:
        where = Path(os.path.relpath(poses.video, path.parent))
        _add_video(file, poses, where.as_posix())
    _add_poses(file, poses)
    nwb_file.write(file, path, number, ("ndx-pose",))


def _add_video(file: NWBFile, poses: PoseSet, where: str) -> None:
    from pynwb.image import ImageSeries

    known = poses.reference.startswith("video") and poses.width and poses.height
    file.add_acquisition(
        ImageSeries(
            name="source_video",
            description=f"video {poses.name}",
            unit="n.a.",
            format="external",
            external_file=[where],
            starting_frame=[0],
            num_samples=len(poses.positions),
            rate=float(poses.fps),
            starting_time=0.0,
            dimension=[poses.width, poses.height] if known else None,
        )
    )


def _add_poses(file: NWBFile, poses: PoseSet) -> None:
    import ndx_pose
    import pynwb

    parts = poses.skeleton.parts
    # the smallest kind of number that holds their indices, as the extension has it
    edges = np.array(poses.skeleton.edges, np.min_scalar_type(max(1, len(parts) - 1)))
    skeleton = ndx_pose.Skeleton(
        name=re.sub("[/:]", "_", poses.skeleton.name),
        nodes=list(parts),
        edges=edges.reshape(-1, 2),
    )
    where = _reference_frame(poses)
    series = [
        ndx_pose.PoseEstimationSeries(
            name=part,
            description=f"position of {part}",
            data=_packed(poses.positions[:, 0, k]),
            confidence=_packed(poses.confidence[:, 0, k]),
            confidence_definition=CONFIDENCE,
            reference_frame=where,
            unit=UNITS[poses.units],
            rate=float(poses.fps),
            starting_time=0.0,
        )
        for k, part in enumerate(parts)
    ]
    scale = f" {poses.px_per_mm:g} px of the video are 1 mm." if poses.px_per_mm > 0 else ""
    estimation = ndx_pose.PoseEstimation(
        pose_estimation_series=series,
        description=f"Poses of {poses.animals[0]} in video {poses.name}. {where}{scale}",
        scorer=SOFTWARE,
        source_software=SOFTWARE,
        source_software_version=_version(),
        skeleton=skeleton,
        source_video=file.acquisition.get("source_video"),
    )
    module = pynwb.ProcessingModule(name="behavior", description="poses of one animal")
    module.add(ndx_pose.Skeletons(skeletons=[skeleton]))
    module.add(estimation)
    file.add_processing_module(module)


def _packed(array: np.ndarray) -> Any:
    """What is written with compression."""
    from pynwb import H5DataIO

    return H5DataIO(np.ascontiguousarray(array), compression="gzip", shuffle=True)


def _reference_frame(poses: PoseSet) -> str:
    """What the zero position is, and where the axes point."""
    if poses.reference.startswith("video"):
        place, axes = "video's frame", "x to the right, y down"
    else:
        place = "animal's crop"
        axes = "x to the right, towards the head, y down"
    depth = ", z as the poses came with it" if poses.positions.shape[-1] > 2 else ""
    unit = "pixels" if poses.units == "px" else "millimeters, of pixels by the video's scale"
    return (
        f"(0, 0) is the middle of the first (top left) pixel of the {place}, so that the middles "
        f"of pixels have whole numbers in pixels; {axes}{depth}; in {unit}."
    )


def _version() -> str | None:
    try:
        return version(SOFTWARE)
    except PackageNotFoundError:
        return None
