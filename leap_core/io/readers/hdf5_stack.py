"""HDF5 stacks: one array (frame, y, x) of a file, read in blocks as they are packed."""

from __future__ import annotations

import math
from contextlib import ExitStack
from pathlib import Path

import h5py
import numpy as np

from leap_core.errors import UserError
from leap_core.io import untrusted
from leap_core.io.pixels import Picture
from leap_core.io.readers import arrays, shared

_SAVE = "save the film as one array (frame, y, x) of uint8 or uint16"
_BLOCK_BYTES = 1 << 28  # of unpacked frames that are kept for the next ones
_FEW = 6  # arrays in a message


class Hdf5(shared.Reader):
    """One array of images.

    Files of MATLAB 7.3 hold axes in reverse; they say so, and are read as MATLAB shows them:
    (y, x, frame) or (y, x, channel, frame).
    """

    def __init__(self, path: Path, dataset: str | None = None) -> None:
        self._path = path
        self._open = ExitStack()
        try:
            file = self._open.enter_context(untrusted.open_hdf5(path, remedy=shared.COPY))
            with untrusted.reading(path, "HDF5 file", shared.COPY):
                name = self._chosen(file, dataset)
                self._array = file[name]
                self._matlab = "MATLAB_class" in self._array.attrs
                shape = _shown(self._array)
                chunk = self._array.chunks[0] if self._array.chunks else 1
                frame_bytes = math.prod(shape[1:]) * self._array.dtype.itemsize
                self._step = chunk if chunk * frame_bytes <= _BLOCK_BYTES else 1
                self._sparse = _is_sparse(self._array)
            self._block: tuple[int, np.ndarray] | None = None
            first = next((p for k in range(shape[0]) if (p := self.picture(k)) is not None), None)
            if first is None:
                raise UserError(f"{path}: no frame of {name!r} can be read; {shared.COPY}")
            self.white = first.white
            self.info = shared.described(
                path,
                "hdf5",
                "hdf5",
                shape[0],
                first,
                colour=arrays.is_colour(shape),
                dataset=dataset,
                remarks=([] if dataset else [f"its array {name!r} is read"]) + arrays.doubts(shape),
            )
        except BaseException:
            self._open.close()
            raise

    def _chosen(self, file: h5py.File, dataset: str | None) -> str:
        found: dict[str, h5py.Dataset] = {}

        def note(name: str, item: h5py.HLObject) -> None:
            if isinstance(item, h5py.Dataset) and len(item.shape or ()) in (3, 4):
                found[name] = item

        file.visititems(note)
        if dataset is not None:
            item = file.get(dataset)
            if not isinstance(item, h5py.Dataset):
                told = f"it holds {_listed(list(found))}" if found else "it holds no images"
                raise UserError(
                    f"{self._path}: has no array {dataset!r} ({told}); correct `dataset`"
                )
            if reason := _wrong(item):
                raise UserError(f"{self._path}: {dataset!r}: {reason}; {_SAVE}")
            return dataset
        good = [name for name, item in found.items() if not _wrong(item)]
        if len(good) == 1:
            return good[0]
        if good:
            raise UserError(
                f"{self._path}: holds several stacks of images ({_listed(good)}); name one by "
                "`dataset` of the video in the config"
            )
        reasons = [f"{n!r}: {_wrong(i)}" for n, i in list(found.items())[:3]]
        told = f" ({', '.join(reasons)})" if reasons else ""
        raise UserError(f"{self._path}: holds no stack of images{told}; {_SAVE}")

    def picture(self, number: int) -> Picture | None:
        """A frame as its file has it; None where it cannot be unpacked, or was never written."""
        if self._sparse and not self._is_stored(number):
            return None
        start = number - number % self._step
        if self._block is None or self._block[0] != start:
            try:
                self._block = start, self._array[start : start + self._step]
            except untrusted.DAMAGE:
                return None
        image = self._block[1][number - start]
        owner = f"{self._path}: frame {number}"
        return arrays.picture_of(image.T if self._matlab else image, owner)

    def _is_stored(self, number: int) -> bool:
        corner = (number, *(0 for _ in self._array.shape[1:]))
        try:
            return self._array.id.get_chunk_info_by_coord(corner).byte_offset is not None
        except untrusted.DAMAGE:
            return False

    def close(self) -> None:
        """Let go of the file."""
        self._open.close()


def _wrong(array: h5py.Dataset) -> str | None:
    """Why an array is not a film, in words; None for one that is."""
    if array.attrs.get("MATLAB_class") in (b"logical", "logical"):  # 0 and 1 in bytes
        return arrays.wrong(_shown(array), np.dtype(bool))
    return arrays.wrong(_shown(array), array.dtype)


def _is_sparse(array: h5py.Dataset) -> bool:
    """Whether blocks were never written, as by a recorder that was stopped: they read as black."""
    if not array.chunks:
        return False
    blocks = (-(-n // block) for n, block in zip(array.shape, array.chunks, strict=True))
    return array.id.get_num_chunks() < math.prod(blocks)


def _shown(array: h5py.Dataset) -> tuple[int, ...]:
    """Shape with the frame first, as images are read."""
    shape = tuple(int(n) for n in array.shape or ())
    return (shape[0], *shape[:0:-1]) if "MATLAB_class" in array.attrs and shape else shape


def _listed(names: list[str]) -> str:
    return ", ".join(map(repr, names[:_FEW])) + (", ..." if len(names) > _FEW else "")
