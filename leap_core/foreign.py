"""Files that come from outside: every way in which reading one can fail becomes one line.

Libraries that meet a damaged file raise nearly anything.  :func:`reading` goes around the code
that takes a file apart, and only there: an error of a computation keeps its traceback.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py

from leap_core.errors import UserError

DAMAGE = (
    *(ArithmeticError, AttributeError, EOFError, LookupError, MemoryError, OSError, RuntimeError),
    *(StopIteration, TypeError, ValueError, struct.error, zipfile.BadZipFile, zlib.error),
)
FREE = 1 << 26
# deflate packs at most 1032 to 1; a dataset that claims more than this has no data behind it
PACKED = 1100


@contextmanager
def reading(path: str | Path, what: str, remedy: str) -> Iterator[None]:
    """Turn errors of a file that cannot be taken apart into one line.

    Args:
        what: what it should be, for the message ("MATLAB file").
        remedy: what to do about it.

    Raises:
        UserError: instead of what the block raises; its own passes.
    """
    try:
        yield
    except DAMAGE as error:
        text = " ".join(str(error).split())[:200]
        raise UserError(
            f"{path}: not a readable {what} ({type(error).__name__}: {text}); {remedy}"
        ) from error


@contextmanager
def open_hdf5(
    path: str | Path, what: str = "HDF5 file", remedy: str = "copy or download it again"
) -> Iterator[h5py.File]:
    """Open an HDF5 file for reading; errors inside the block are those of the file.

    Raises:
        UserError: no HDF5, damaged, a dataset without its data or kept in another file, or
            whatever else fails in the block.
    """
    with reading(path, what, remedy), h5py.File(path, "r") as file:
        check_sizes(file, path)
        yield file


def check_sizes(file: h5py.File, path: str | Path) -> None:
    """Refuse datasets that would fill memory from a small file, or that lie in another file.

    Raises:
        UserError: names the first.
    """

    def look(name: str, item: h5py.Dataset | h5py.Group | h5py.Datatype) -> None:
        if not isinstance(item, h5py.Dataset):
            return
        if item.is_virtual or item.external:
            raise UserError(f"{path}: {name!r} is kept in another file; copy it into this one")
        # Python numbers, because the product of damaged sizes may wrap around
        claimed = item.dtype.itemsize
        for length in item.shape or ():
            claimed *= int(length)
        if claimed > FREE and claimed > PACKED * item.id.get_storage_size():
            raise UserError(
                f"{path}: {name!r} claims {claimed:.3g} bytes but the file holds "
                f"{item.id.get_storage_size()} of them; make or download it again"
            )

    file.visititems(look)
