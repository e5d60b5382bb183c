"""Write LEAP's own files: ``X.labels.mat`` (MAT v5 or v7.3) and its box file ``X.h5``.

MATLAB counts from 1 and stores axes in reverse order; here everything is 0-based and row first.
Dates and platform are constant, so equal labels give equal bytes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import h5py
import numpy as np

from leap_core.containers import Labels
from leap_core.errors import UserError
from leap_core.io import atomic, full_disk

VERSIONS = ("v5", "v7.3")
DATE = "01-Jan-2018 00:00:00"
# MATLAB's file header: text, 8 bytes that point to nothing, version, byte order
TEXT_BYTES, HEADER_BYTES, USER_BLOCK = 116, 128, 512
BORN = "Platform: GLNXA64, Created on: Mon Jan  1 00:00:00 2018"
CLASSES = {"f8": "double", "f4": "single", "u1": "uint8"}
CHARACTER = np.int32(2)  # MATLAB's mark for numbers that are characters


def write_leap(
    path: str | Path, labels: Labels, version: Literal["v5", "v7.3"] = "v7.3"
) -> tuple[Path, Path]:
    """Write labels as LEAP's labeling program saves them; returns the two paths.

    ``positions`` (joint, xy, frame) counts from 1 with NaN for what is not labeled (excluded
    labels too), ``initialization`` is all NaN, ``skeleton`` has ``nodes``, ``edges``, ``pos`` on
    ``refI``.  LEAP's tables (``joints``, ``segments``, ``history``) hold MATLAB objects and are
    left out.  The box file has ``/box``, seen by h5py as (frame, channel, x, y), and, counted
    from 1, ``/framesIdx`` (frame in its video) and ``/exptID`` (number of its source).

    Args:
        path: ``<name>.labels.mat``; the box file ``<name>.h5`` goes beside it.
        labels: with images; ``source`` may name several.
        version: "v5", or "v7.3" (HDF5 as MATLAB writes it).

    Raises:
        UserError: another file name or version, no samples, or samples without images.
    """
    path = Path(path)
    if not path.name.endswith(".labels.mat"):
        raise UserError(f"{path}: LEAP's label files end in .labels.mat; change the name")
    if version not in VERSIONS:
        raise UserError(f"{path}: no MAT version {version!r}; use {' or '.join(VERSIONS)}")
    if not labels.images.size:
        raise UserError(f"{path}: there are no labeled images to write; label some first")
    box = path.with_name(path.name.removesuffix(".labels.mat") + ".h5")
    _write_box(box, labels)
    content = _content(path.name, box.name, labels)
    (_write_v5 if version == "v5" else _write_v73)(path, content)
    return path, box


def _content(name: str, box: str, labels: Labels) -> dict[str, Any]:
    """The variables of the file, as MATLAB has them; a mapping is a struct, a list a cell array."""
    positions = labels.positions.transpose(1, 2, 0).astype(np.float32) + 1
    reference = int(np.argmax(np.isfinite(labels.positions[..., 0]).sum(axis=1)))
    edges = np.array(labels.skeleton.edges, dtype=float).reshape(-1, 2) + 1
    skeleton = {
        "pos": positions[..., reference].astype(float),
        "nodes": list(labels.skeleton.parts),
        "edges": edges,
        "refI": labels.images[reference, ..., 0].astype(np.float32) / 255,
    }
    return {
        "boxPath": box,
        "savePath": name,
        "skeletonPath": "",
        "skeleton": skeleton,
        "initialization": np.full_like(positions, np.nan),
        "positions": positions,
        "config": {"dsetName": "/box", "initialFrame": np.ones((1, 1))},
        "createdOn": DATE,
        "lastModified": DATE,
        "session": np.ones((1, 1)),
    }


def _write_box(path: Path, labels: Labels) -> None:
    box = labels.images.transpose(0, 3, 2, 1)
    _, first, number = np.unique(labels.source, return_index=True, return_inverse=True)
    order = np.argsort(np.argsort(first))  # sources are numbered as they come
    with atomic.atomic_path(path) as temporary, full_disk.NewFile(temporary) as file:
        options = {"compression": "gzip", "compression_opts": 1, "track_times": False}
        file.create_dataset("box", data=box, chunks=(1, *box.shape[1:]), **options)
        for name, column in (("framesIdx", labels.frame), ("exptID", order[number])):
            file.create_dataset(name, data=column[None] + 1.0, track_times=False)


def _write_v5(path: Path, content: dict[str, Any]) -> None:
    import scipy.io

    with atomic.atomic_path(path) as temporary:
        with temporary.open("wb") as file:
            scipy.io.savemat(file, _for_scipy(content), do_compression=True)
        with temporary.open("r+b") as file:
            file.write(_header("MATLAB 5.0 MAT-file", "", b"\0" * 8)[:TEXT_BYTES])


def _for_scipy(value: Any) -> Any:
    """Cell arrays are columns of objects."""
    if isinstance(value, dict):
        return {key: _for_scipy(item) for key, item in value.items()}
    if isinstance(value, list):
        return np.array(value, dtype=object)[:, None]
    return value


def _header(kind: str, end: str, version: bytes) -> bytes:
    text = f"{kind}, {BORN}{end}".ljust(TEXT_BYTES)
    return (text.encode("ascii") + version).ljust(HEADER_BYTES, b"\0")


def _write_v73(path: Path, content: dict[str, Any]) -> None:
    with atomic.atomic_path(path) as temporary:
        with full_disk.NewFile(temporary, userblock_size=USER_BLOCK) as file:
            for name, value in content.items():
                _put(file, file, name, value)
        with temporary.open("r+b") as file:
            head = _header("MATLAB 7.3 MAT-file", " HDF5 schema 1.00 .", b"\0" * 8 + b"\0\2IM")
            file.write(head.ljust(USER_BLOCK, b"\0"))


def _put(file: h5py.File, group: h5py.Group, name: str, value: Any) -> h5py.Dataset | h5py.Group:
    """One variable, its axes reversed, with the attributes by which MATLAB knows its class."""
    if isinstance(value, dict):
        found = group.create_group(name)
        for key, item in value.items():
            _put(file, found, key, item)
        return _mark(found, "struct")
    if isinstance(value, list):
        refs = file.require_group("#refs#")
        cells = np.empty((1, len(value)), dtype=h5py.ref_dtype)
        for k, item in enumerate(value):
            target = _put(file, refs, f"{name}{len(refs)}", item)
            target.attrs["H5PATH"] = np.bytes_(target.name)
            cells[0, k] = target.ref
        found = group.create_dataset(name, data=cells, dtype=h5py.ref_dtype, track_times=False)
        return _mark(found, "cell")
    text = isinstance(value, str)
    array = np.array([[ord(c) for c in value]], dtype=np.uint16) if text else value
    empty = not array.size
    shape = (0, 0) if text else array.shape  # of nothing MATLAB keeps the shape alone
    data = np.array(shape, dtype=np.uint64) if empty else np.ascontiguousarray(array.T)
    found = group.create_dataset(name, data=data, track_times=False)
    if text:
        found.attrs["MATLAB_int_decode"] = CHARACTER
    if empty:
        found.attrs["MATLAB_empty"] = np.uint8(1)
    return _mark(found, "char" if text else CLASSES[array.dtype.str[1:]])


def _mark(found: h5py.Dataset | h5py.Group, name: str) -> h5py.Dataset | h5py.Group:
    found.attrs["MATLAB_class"] = np.bytes_(name)
    return found
