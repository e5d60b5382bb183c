"""Egocentric images, whole or frame by frame."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import h5py
import numpy as np

from leap_core.containers.base import (
    NAN,
    REMEDY,
    Container,
    array,
    arrays,
    attribute,
    read_attributes,
    stored,
    write_attributes,
)
from leap_core.io import full_disk, hdf5, untrusted


@dataclass(frozen=True)
class Crops(Container):
    """Egocentric images of one recording: head to the right, reference point at the centre."""

    FORMAT: ClassVar[str] = "leap-crops/1"
    images: np.ndarray = array(
        "frame", "y", "x", "channel", units="grey level", dtype="u1", doc="bright animal on dark"
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


class Slices:
    """Images on disk: ``shape``, ``len`` and slices, as of an array."""

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
        with untrusted.reading(path, Crops.FORMAT, REMEDY, (OSError, RuntimeError)):
            return self._dataset[key]


class CropReader:
    """Crops on disk, read in slices: memory does not grow with the video.

    Attributes:
        images: (frame, y, x, channel) uint8 on disk; slice it.
        frame, valid, center, heading: per-frame arrays, as in :class:`Crops`.
        recording, fps, px_per_mm, tracked: attributes, as in :class:`Crops`.
    """

    def __init__(self, file: h5py.File):
        self.images = Slices(file["images"])
        values = read_attributes(file, Crops)
        rows = {
            item.name: stored(file[item.name], item.metadata["dtype"])
            for item in arrays(Crops)
            if item.name != "images"
        }
        if {len(values) for values in rows.values()} != {len(self.images)}:
            raise ValueError("its datasets differ in length")
        self.frame: np.ndarray = rows["frame"]
        self.valid: np.ndarray = rows["valid"]
        self.center: np.ndarray = rows["center"]
        self.heading: np.ndarray = rows["heading"]
        self.recording: str = values.get("recording", "")
        self.fps: float = values.get("fps", NAN)
        self.px_per_mm: float = values.get("px_per_mm", NAN)
        self.tracked: bool = bool(values.get("tracked", True))

    def __len__(self) -> int:
        return len(self.frame)

    def blocks(self, size: int, start: int = 0, stop: int | None = None) -> Iterator[slice]:
        """Consecutive slices of at most ``size`` frames from ``start`` to ``stop``."""
        stop = len(self) if stop is None else stop
        for begin in range(start, stop, size):
            yield slice(begin, min(begin + size, stop))


@contextmanager
def open_crops(path: str | Path) -> Iterator[CropReader]:
    """Open a crops file for reading in slices."""
    with hdf5.opened(path, Crops.FORMAT) as file:
        with untrusted.reading(path, Crops.FORMAT, REMEDY):
            untrusted.check_sizes(file, path)
            reader = CropReader(file)
        yield reader


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
    with hdf5.opened(path, Crops.FORMAT) as file, untrusted.reading(path, Crops.FORMAT, REMEDY):
        side, known = int(file["images"].shape[1]), file["frame"]
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
