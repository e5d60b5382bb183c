"""Egocentric images, whole or frame by frame, stored or cut out of their video when asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import h5py
import numpy as np

from leap_core.containers.base import (
    NAN,
    Container,
    array,
    arrays,
    attribute,
    read_attributes,
    stored,
    write_attributes,
)
from leap_core.containers.video_crops import CutImages, Source, source_from_json
from leap_core.io import full_disk, hdf5, untrusted

ROWS = ("frame", "valid", "center", "heading")
PLACE = "place"  # where to cut in the video, where the camera follows the animal
SOURCE = "source"


@dataclass(frozen=True)
class Crops(Container):
    """Egocentric images of one recording: head to the right, reference point at the centre.

    With `crop.store: false` a file holds no `images`, but how they are cut: a JSON attribute
    `source`, which names the video, and where a camera follows the animal a dataset `place`
    (frame, xy), px of the video.
    """

    FORMAT: ClassVar[str] = "leap-crops/1"
    images: np.ndarray = array(
        "frame",
        "y",
        "x",
        "channel",
        units="grey level",
        dtype="u1",
        doc="bright animal on dark; cut from the video where they are not stored",
    )
    frame: np.ndarray = array("frame", dtype="i8", doc="frame index in the video")
    valid: np.ndarray = array("frame", dtype="?", doc="decoded and tracked")
    center: np.ndarray = array(
        "frame", "xy", units="px", doc="crop's centre in the arena; NaN without track"
    )
    heading: np.ndarray = array("frame", units="rad", doc="arena direction of the crop's +x")
    recording: str = attribute("", "one animal in one video")
    fps: float = attribute(NAN, "frames per second")
    px_per_mm: float = attribute(NAN, "scale of the crops; NaN = unknown")
    tracked: bool = attribute(True, "center and heading come from the animal's track")

    @classmethod
    def read(cls, path: str | Path) -> Crops:
        """Read the whole file, with all images, cut from the video where they are not stored.

        Raises:
            UserError: as :func:`open_crops`, or a dataset is missing.
        """
        with hdf5.taken_apart(path, cls.FORMAT) as file:
            stored_here = SOURCE not in file.attrs
        if stored_here:
            return super().read(path)
        with open_crops(path) as reader:
            values = {name: value for name, value in vars(reader).items() if name != "images"}
            return cls(images=reader.images[:], **values)


class Slices:
    """Images on disk: ``shape``, ``dtype``, ``len`` and by index, as of an array."""

    dtype = np.dtype(np.uint8)

    def __init__(self, dataset: h5py.Dataset):
        self._dataset = dataset
        self.shape: tuple[int, ...] = dataset.shape
        if len(self.shape) != 4 or dataset.dtype != np.uint8:
            raise TypeError(f"images are {dataset.dtype} {self.shape}")

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Any) -> np.ndarray:
        path = self._dataset.file.filename
        # not every error: a wrong index is a bug
        with untrusted.reading(path, Crops.FORMAT, hdf5.REMEDY, (OSError, RuntimeError)):
            return self._dataset[key]

    def close(self) -> None:
        """Nothing: the file is its opener's."""


@dataclass(eq=False)
class CropReader:
    """Crops on disk, or in their video, read in slices: memory does not grow with the video.

    Attributes:
        images: (frame, y, x, channel) uint8; slice it.
        frame, valid, center, heading: per-frame arrays, as in :class:`Crops`.
        recording, fps, px_per_mm, tracked: attributes, as in :class:`Crops`.
    """

    images: Slices | CutImages
    frame: np.ndarray
    valid: np.ndarray
    center: np.ndarray
    heading: np.ndarray
    recording: str = ""
    fps: float = NAN
    px_per_mm: float = NAN
    tracked: bool = True

    def __len__(self) -> int:
        return len(self.frame)

    def blocks(self, size: int, start: int = 0, stop: int | None = None) -> Iterator[slice]:
        """Consecutive slices of at most ``size`` frames from ``start`` to ``stop``."""
        stop = len(self) if stop is None else stop
        for begin in range(start, stop, size):
            yield slice(begin, min(begin + size, stop))


@contextmanager
def open_crops(path: str | Path) -> Iterator[CropReader]:
    """Open a crops file for reading in slices.

    Raises:
        UserError: missing, damaged or of another kind, or its images are not stored and their video
            is gone or another one.
    """
    with hdf5.opened(path, Crops.FORMAT) as file:
        with untrusted.reading(path, Crops.FORMAT, hdf5.REMEDY):
            untrusted.check_sizes(file, path)
            reader = _reader(file, path)
        try:
            yield reader
        finally:
            reader.images.close()


def _reader(file: h5py.File, path: str | Path) -> CropReader:
    declared = {item.name: item.metadata["dtype"] for item in arrays(Crops)}
    values: dict[str, Any] = {name: stored(file[name], declared[name]) for name in ROWS}
    source = _source(file)
    images: Slices | CutImages
    if source is None:
        images = Slices(file["images"])
    else:
        place = stored(file[PLACE], "f4") if PLACE in file else values["center"]
        if place.shape != (len(values["frame"]), 2) or place.shape != values["center"].shape:
            raise ValueError(f"places are of {place.shape}")
        cut = values["frame"], values["valid"], place, values["heading"]
        frame = values["frame"]
        if len(frame) and not 0 <= frame.min() <= frame.max() < source.frames:
            raise ValueError(f"frames {frame.min()} to {frame.max()} of {source.frames}")
        images = CutImages(path, source.at(path), source, *cut)
    if {len(each) for each in values.values()} != {len(images)}:
        raise ValueError("its datasets differ in length")
    found = read_attributes(file, Crops)
    return CropReader(images, **values, **found)


def _source(file: h5py.File) -> Source | None:
    """How its images are cut; None = they are stored."""
    if SOURCE not in file.attrs:
        return None
    return source_from_json(json.loads(file.attrs[SOURCE]))


def write_cut(path: str | Path, crops: CropReader, provenance: dict | None = None) -> None:
    """Write crops that are cut from their video: all but the images.

    Args:
        crops: whose images are :class:`leap_core.containers.video_crops.CutImages`.
    """
    images = crops.images
    assert isinstance(images, CutImages)
    declared = {item.name: item.metadata for item in arrays(Crops)}
    with hdf5.create(path, Crops.FORMAT) as file:
        rows = {name: getattr(crops, name) for name in ROWS}
        if images.place is not crops.center:
            rows[PLACE] = images.place
        for name, values in rows.items():
            each = declared["center" if name == PLACE else name]
            hdf5.put(file, name, values.astype(each["dtype"]), each["dims"], each["units"])
        none = Crops(
            images=np.zeros((0, 1, 1, 1), np.uint8),
            **{name: rows[name][:0] for name in ROWS},
            recording=crops.recording,
            fps=crops.fps,
            px_per_mm=crops.px_per_mm,
            tracked=crops.tracked,
        )
        write_attributes(file, none, provenance)
        file.attrs[SOURCE] = json.dumps(images.source.to_json(), sort_keys=True)


class Rows(NamedTuple):
    """Where some frames stand in a file of crops.

    Attributes:
        row: (n), -1 where a frame has no valid crop.
        side: of the images, px.
        center, heading: (n, 2), (n) as in :class:`Crops`; NaN where there is no row.
    """

    row: np.ndarray
    side: int
    center: np.ndarray
    heading: np.ndarray


def rows(path: str | Path, frames: np.ndarray) -> Rows:
    """Rows of a crops file that show some frames of the video, without reading the others."""
    frames = np.asarray(frames, np.int64)
    with hdf5.taken_apart(path, Crops.FORMAT) as file:
        source, known = _source(file), file["frame"]
        side = int(file["images"].shape[1]) if source is None else source.size
        count = len(known)
        found = np.where((frames >= 0) & (frames < count), frames, -1)
        if count and (known[0], known[count - 1]) != (0, count - 1):
            numbers = known[:]  # begins late, or with gaps
            at = np.minimum(np.searchsorted(numbers, frames), count - 1)
            found = np.where(numbers[at] == frames, at, -1)
        wanted, back = np.unique(found[found >= 0], return_inverse=True)
        center = np.full((len(frames), 2), np.nan, np.float32)
        heading = np.full(len(frames), np.nan, np.float32)
        if len(wanted):
            there = found >= 0
            center[there] = file["center"][wanted][back]
            heading[there] = file["heading"][wanted][back]
            found[there] = np.where(file["valid"][wanted][back], found[there], -1)
        return Rows(found, side, center, heading)


@contextmanager
def create_crops(path: str | Path, shape: tuple[int, int, int], provenance: dict | None = None):
    """Write a crops file frame by frame; yields ``append(images, frame, valid, center, heading)``.

    Args:
        path: final path; nothing appears there unless the block succeeds.
        shape: (height, width, channels) of one image.

    The yielded object also takes the attributes (``recording``, ``fps``, ...) by
    ``set(**attributes)``.
    """
    with hdf5.create(path, Crops.FORMAT) as file:
        writer = _CropWriter(file, shape)
        yield writer
        writer.finish(provenance)


class _CropWriter:
    def __init__(self, file: full_disk.NewFile, shape: tuple[int, int, int]):
        self._file = file
        self._images = file.create_dataset(
            "images",
            shape=(0, *shape),
            maxshape=(None, *shape),
            dtype="u1",
            chunks=(1, *shape),
            compression="gzip",
            compression_opts=1,
            track_times=False,
        )
        self._rows: dict[str, list] = {"frame": [], "valid": [], "center": [], "heading": []}
        self._attributes: dict[str, Any] = {}

    def set(self, **attributes: Any) -> None:
        self._attributes.update(attributes)

    def append(self, images, frame, valid, center, heading) -> None:
        """Add a block: images (n, y, x, channel) and the per-frame arrays of length n."""
        images = np.asarray(images, dtype=np.uint8)
        start = len(self._images)
        self._images.resize(start + len(images), axis=0)
        self._images[start:] = images
        self._file.check()
        for name, values in zip(self._rows, (frame, valid, center, heading), strict=True):
            self._rows[name].append(np.asarray(values))

    def finish(self, provenance: dict | None) -> None:
        rows = {k: np.concatenate(v) if v else np.zeros((0,)) for k, v in self._rows.items()}
        empty = np.zeros((0, *self._images.shape[1:]), np.uint8)
        if not len(rows["frame"]):
            rows["center"] = np.zeros((0, 2))
        declared = {f.name: f.metadata for f in arrays(Crops)}
        hdf5.describe(self._images, declared["images"]["dims"], declared["images"]["units"])
        for name, values in rows.items():
            values = values.astype(declared[name]["dtype"])
            hdf5.put(self._file, name, values, declared[name]["dims"], declared[name]["units"])
        none: dict[str, Any] = {k: v[:0].astype(declared[k]["dtype"]) for k, v in rows.items()}
        write_attributes(self._file, Crops(images=empty, **none, **self._attributes), provenance)
