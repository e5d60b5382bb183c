"""Which reader some footage needs, and opening it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py

from leap_core.errors import UserError
from leap_core.io.readers import (
    avi16,
    fmf,
    folder,
    footage_list,
    hdf5_stack,
    listed,
    npy,
    tiff,
    ufmf,
)
from leap_core.io.readers.shared import Reader
from leap_core.io.video_info import VideoInfo

READERS: dict[str, Callable[[Path, str | None], Reader]] = {
    "folder": folder.reader,
    "tiff": tiff.Tiff,
    "npy": npy.Npy,
    "hdf5": hdf5_stack.Hdf5,
    "fmf": fmf.Fmf,
    "ufmf": ufmf.Ufmf,
    "avi16": avi16.Avi16,
    "listed": listed.Listed,
}
_HEAD_BYTES = 4096


def kind(path: Path) -> str:
    """The reader of some footage, by its content; "" for a video."""
    if path.is_dir():
        return "folder"
    try:
        with path.open("rb") as file:
            start = file.read(_HEAD_BYTES)
    except OSError:
        return ""  # FFmpeg says why
    if start.startswith(tiff.MAGIC):
        return "tiff"
    if start.startswith(npy.MAGIC):
        return "npy"
    if start.startswith(ufmf.MAGIC):
        return "ufmf"
    if avi16.recognizes(start):
        return "avi16"
    if start.startswith(footage_list.START):
        return "listed"
    if h5py.is_hdf5(path):
        return "hdf5"
    return "fmf" if fmf.recognizes(start) else ""


@contextmanager
def opened(path: Path, name: str, dataset: str | None) -> Iterator[Reader]:
    """Footage, open for reading.

    Args:
        name: of its reader.
        dataset: the array of a file that holds several.

    Raises:
        UserError: not readable, cut off, or not what a film is.
    """
    try:
        reader = READERS[name](path, dataset)
    except OSError as error:
        raise UserError(
            f"{path}: cannot be read ({error.strerror or error}); correct its rights or copy it "
            "again"
        ) from error
    try:
        yield reader
    finally:
        reader.close()


@contextmanager
def frames_of(info: VideoInfo) -> Iterator[Reader]:
    """Footage that was probed and settled, open for frames by their number.

    Raises:
        UserError: as :func:`opened`, or it has changed since.
    """
    with opened(info.path, info.reader, info.dataset) as reader:
        if (len(reader.info), reader.info.height, reader.info.width) != (
            *(len(info), info.height, info.width),
        ):
            raise UserError(f"{info.path}: has changed while it was read; run again")
        reader.info = info
        yield reader
