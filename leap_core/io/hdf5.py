"""Self-describing HDF5: a format, and axes and units of every dataset.

Files hold no times, so equal data gives equal bytes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from leap_core.errors import UserError
from leap_core.io import full_disk, untrusted
from leap_core.io.atomic import atomic_path

REMEDY = "make it again or name another file"


@contextmanager
def create(path: str | os.PathLike, format: str) -> Iterator[full_disk.NewFile]:
    """Open a new HDF5 file of the given ``format`` (``leap-<kind>/1``) for atomic writing."""
    with atomic_path(path) as temporary:
        with full_disk.NewFile(temporary) as file:
            file.attrs["format"] = format
            yield file


@contextmanager
def opened(path: str | os.PathLike, format: str) -> Iterator[h5py.File]:
    """Open an HDF5 file for reading and check its ``format``.

    Raises:
        UserError: missing or unreadable file, or another kind of file.
    """
    path = Path(path)
    if not path.exists():
        raise UserError(f"{path}: no such file; expected a {format} file")
    with ExitStack() as stack:
        with untrusted.reading(path, "HDF5 file", REMEDY):
            file = stack.enter_context(h5py.File(path, "r"))
            found = str(file.attrs.get("format", "none"))
        if found != format:
            raise UserError(
                f"{path}: expected format {format}, got {found[:80]}; name another file"
            )
        yield file


@contextmanager
def taken_apart(path: str | os.PathLike, format: str) -> Iterator[h5py.File]:
    """:func:`opened`; errors inside the block are those of the file.

    Raises:
        UserError: as :func:`opened`, and whatever fails in the block.
    """
    with opened(path, format) as file, untrusted.reading(path, format, REMEDY):
        yield file


def kind(path: str | os.PathLike) -> str:
    """The ``format`` of an HDF5 file, "none" where it has none; UserError when unreadable."""
    with (
        untrusted.reading(path, "HDF5 file", REMEDY),
        h5py.File(path, "r") as file,
    ):
        return str(file.attrs.get("format", "none"))


def provenance_of(path: str | os.PathLike) -> dict[str, Any]:
    """The ``provenance`` inside an HDF5 file, empty where it has none or is of another kind."""
    if not h5py.is_hdf5(path):
        return {}
    with untrusted.reading(path, "HDF5 file", REMEDY), h5py.File(path, "r") as file:
        return json.loads(file.attrs.get("provenance", "{}"))


def describe(dataset: h5py.Dataset, dims: tuple[str, ...], units: str) -> None:
    """Attach the axis names and units that every dataset carries."""
    dataset.attrs["dims"] = json.dumps(list(dims))
    dataset.attrs["units"] = units


def put(
    file: h5py.File, name: str, values: np.ndarray, dims: tuple[str, ...], units: str
) -> h5py.Dataset:
    """Write one whole array, with its ``dims`` and ``units``; images are compressed by frame.

    Raises:
        ValueError: the array's rank differs from the number of ``dims``.
    """
    values = np.asarray(values)
    if values.ndim != len(dims):
        raise ValueError(f"{name}: expected {len(dims)} axes {dims}, got shape {values.shape}")
    options: dict[str, Any] = {}
    if values.dtype.kind == "U":
        values = values.astype(object)
        options["dtype"] = h5py.string_dtype()
    elif values.ndim and values.size > 4096:
        chunk = (1, *values.shape[1:]) if values.dtype == np.uint8 and values.ndim == 4 else True
        options.update(chunks=chunk, compression="gzip", compression_opts=1, shuffle=True)
    dataset = file.create_dataset(name, data=values, track_times=False, **options)
    describe(dataset, dims, units)
    return dataset
