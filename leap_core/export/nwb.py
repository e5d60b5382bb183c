"""Poses as Neurodata Without Borders files (NWB 2, extension ndx-pose), one animal a file.

``processing/behavior`` holds ``Skeletons`` and a ``PoseEstimation`` of one series a part, all of
one length and one clock: the first frame of the video is second 0, the rate is a float.  Pixels
count from the middle of the first one, as in the pipeline, and every series says so; NaN stays.

Equal poses give equal bytes.  pynwb puts in three things that would differ: the dates, which are
given here; an id of each object, which is made from the content instead; and the definitions of
*all* extensions that the process has loaded, of which only those that the file uses are written.
"""

from __future__ import annotations

import hashlib
import os
import re
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from leap_core.errors import UserError
from leap_core.export.contents import PoseSet
from leap_core.io import atomic, full_disk

if TYPE_CHECKING:
    from hdmf.build import GroupBuilder
    from hdmf.spec import NamespaceCatalog
    from pynwb import NWBFile

SOFTWARE = "leap-pipeline"
UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)  # the format demands a date; nobody takes this for one
NAMESPACES = ("hdmf-common", "hdmf-experimental", "core", "ndx-pose")  # whose types are used
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
    if not np.isfinite(poses.fps):
        raise UserError(
            f"{path}: the frame rate of {poses.name} is unknown, and NWB needs times; set its `fps`"
        )
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
    lines.append(
        f"the date of the recording is not known: {UNKNOWN:%Y-%m-%d} stands for it, because NWB "
        "demands one"
    )
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
    import pynwb

    digest = _digest(poses)
    file = _file(poses, path, f"{poses.animals[0]}-{digest}")
    _add_poses(file, poses)
    manager = pynwb.get_manager()
    builder = manager.build(file, source=path.name, root=True)
    _number(builder, uuid.UUID(digest))
    with (
        atomic.atomic_path(path) as temporary,
        full_disk.NewFile(temporary) as new,
        pynwb.NWBHDF5IO(file=new, mode="w", manager=manager) as writer,
    ):
        writer.write_builder(builder)
        _write_definitions(new, manager.namespace_catalog)


def _digest(poses: PoseSet) -> str:
    """32 hexadecimal digits that tell this content from any other."""
    words = (*poses.animals, poses.name, poses.reference, poses.skeleton.parts)
    numbers = (poses.fps, poses.px_per_mm, poses.width, poses.height)
    arrays = (poses.positions, poses.confidence, np.array(poses.skeleton.edges, np.int64))
    found = hashlib.sha256(repr((words, [float(each) for each in numbers])).encode())
    for array in arrays:
        found.update(repr(array.shape).encode())
        found.update(array.tobytes())
    return found.hexdigest()[:32]


def _file(poses: PoseSet, path: Path, identifier: str) -> NWBFile:
    """The file without its poses: who, and the video.

    A recording does not tell which individual it shows, nor species, sex or age.  Of these NWB has
    words for unknown sex and age ("at least 0 days"); the species is left out.
    """
    import pynwb
    from pynwb.image import ImageSeries

    file = pynwb.NWBFile(
        session_description=(
            f"Poses of {poses.animals[0]} in video {poses.name}, one row a frame from the first "
            "on. The date is not known."
        ),
        identifier=identifier,
        session_start_time=UNKNOWN,
        file_create_date=UNKNOWN,
        keywords=["pose estimation", "behavior"],
        subject=pynwb.file.Subject(
            subject_id=poses.animals[0],
            sex="U",
            age="P0D/",
            description=(
                f"the animal of recording {poses.animals[0]}; which individual, its species, sex "
                "and age are not known"
            ),
        ),
    )
    if poses.video is not None:
        known = poses.reference.startswith("video") and poses.width and poses.height
        file.add_acquisition(
            ImageSeries(
                name="source_video",
                description=f"video {poses.name}",
                unit="n.a.",
                format="external",
                external_file=[Path(os.path.relpath(poses.video, path.parent)).as_posix()],
                starting_frame=[0],
                num_samples=len(poses.positions),
                rate=float(poses.fps),
                starting_time=0.0,
                dimension=[poses.width, poses.height] if known else None,
            )
        )
    return file


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


def _number(builder: GroupBuilder, seed: uuid.UUID) -> None:
    """Ids from the content and the place of each object, instead of random ones."""
    for place, each in _objects(builder, ""):
        if "object_id" in each.attributes:
            each.attributes["object_id"] = str(uuid.uuid5(seed, place))


def _objects(builder: GroupBuilder, place: str) -> Iterator[tuple[str, Any]]:
    yield place, builder
    for name, each in builder.groups.items():
        yield from _objects(each, f"{place}/{name}")
    for name, each in builder.datasets.items():
        yield f"{place}/{name}", each


def _write_definitions(file: h5py.File, catalog: NamespaceCatalog) -> None:
    """The definitions of the types that the file uses, for readers that lack the extension."""
    from hdmf.backends.hdf5.h5_utils import H5SpecWriter
    from hdmf.backends.utils import NamespaceToBuilderHelper

    folder = file.create_group("specifications")
    file.attrs[".specloc"] = folder.ref
    for name in NAMESPACES:
        group = folder.create_group(f"{name}/{catalog.get_namespace(name).version}")
        made = NamespaceToBuilderHelper.convert_namespace(catalog, name)
        made.export("namespace", writer=H5SpecWriter(group=group))
