"""Files that come from outside: every way in which reading one can fail becomes one line.

Libraries that meet a damaged file raise nearly anything.  :func:`reading` goes around the code
that takes a file apart, and only there: an error of a computation keeps its traceback.
"""

from __future__ import annotations

import functools
import operator
import os
import resource
import signal
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py

from leap_core.errors import UserError

DAMAGE = (
    *(ArithmeticError, AttributeError, EOFError, LookupError, MemoryError, OSError, RuntimeError),
    *(StopIteration, SystemError, TypeError, ValueError),
    *(struct.error, zipfile.BadZipFile, zlib.error),
)
ROOT = Path(__file__).resolve().parents[1]
FREE_BYTES = 1 << 26
# deflate packs at most 1032 to 1; a dataset that claims more than this has no data behind it
MOST_PACKED = 1100
# processor time of a rehearsal: seconds, and bytes per second beyond them
PATIENCE_S, SLOWEST_BYTES_S = 4, 10_000_000
# memory of a rehearsal beyond its libraries and four times the file; its exit status without it
SPARE_BYTES, SWOLLEN_EXIT = 1 << 30, 3


@contextmanager
def reading(
    path: str | os.PathLike, what: str, remedy: str, errors: tuple[type[Exception], ...] = DAMAGE
) -> Iterator[None]:
    """Turn errors of a file that cannot be taken apart into one line.

    Args:
        what: what it should be, for the message ("MATLAB file").
        remedy: what to do about it.
        errors: which to turn.

    Raises:
        UserError: instead of what the block raises; its own passes.
    """
    try:
        yield
    except errors as error:
        text = " ".join(str(error).split())[:200]
        if "unable to lock file" in text:
            raise UserError(
                f"{path}: cannot be locked: another program writes it, or its disk has no locks; "
                "wait, or set HDF5_USE_FILE_LOCKING=FALSE before Python starts"
            ) from error
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
    with reading(path, what, remedy):
        rehearse(path, "hdf5", remedy)
    with reading(path, what, remedy), h5py.File(path, "r") as file:
        check_sizes(file, path)
        yield file


def check_sizes(file: h5py.File, path: str | Path) -> None:
    """Refuse datasets that would fill memory from a small file, and parts of other files.

    Raises:
        UserError: names the first.
    """

    wrong = _wrong("/", file) or file.visititems(_wrong)
    if wrong:
        raise UserError(f"{path}: {wrong}")


def _wrong(name: str, item: h5py.HLObject) -> str | None:
    """What is wrong with an object; not raised, because h5py may lose what a visit raises."""
    elsewhere = "is kept in another file; copy it into this one"
    if isinstance(item, h5py.Group):
        for key in item:
            if isinstance(item.get(key, getlink=True), h5py.ExternalLink):
                return f"{key!r} {elsewhere}"
    if not isinstance(item, h5py.Dataset):
        return None
    if item.is_virtual or item.external:
        return f"{name!r} {elsewhere}"
    # Python numbers, because the product of damaged sizes may wrap around
    claimed = item.dtype.itemsize
    for length in item.shape or ():
        claimed *= int(length)
    if claimed > FREE_BYTES and claimed > MOST_PACKED * (held := item.id.get_storage_size()):
        return (
            f"{name!r} claims {claimed:.3g} bytes but the file holds {held} of them; "
            "make or download it again"
        )
    return None


def rehearse(path: str | Path, kind: str, remedy: str) -> None:
    """Let a child process take a file apart first.

    On some damage, as zeros over stored text, the HDF5 library loops for ever or crashes, and so
    does scipy's reader of MATLAB files; no exception comes out of that.

    Args:
        kind: a key of ``REHEARSALS``.
        remedy: what to do about it, for the message.

    Raises:
        UserError: the child has died.  Other errors are left to the real reader.
    """
    about = os.stat(path)
    _rehearse(os.fspath(path), about.st_size, about.st_mtime_ns, kind, remedy)


@functools.lru_cache(maxsize=64)  # one child for each state of a file
def _rehearse(path: str, size: int, changed: int, kind: str, remedy: str) -> None:
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
        "PYTHONSAFEPATH": "1",  # no modules from the working folder
    }
    ended = subprocess.run(
        [sys.executable, "-m", __name__, kind, path],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ).returncode
    if ended == SWOLLEN_EXIT:
        raise UserError(f"{path}: is damaged: its texts claim more than the file holds; {remedy}")
    if ended < 0:
        what = "does not come to an end" if ended == -signal.SIGXCPU else "crashes"
        raise UserError(f"{path}: is damaged: its reader {what}; {remedy}")


def _play(kind: str, path: str) -> None:
    """What the child does."""
    seconds = PATIENCE_S + os.stat(path).st_size // SLOWEST_BYTES_S
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    mapped = Path("/proc/self/statm")
    if mapped.exists():
        most = int(mapped.read_text().split()[0]) * resource.getpagesize()
        most += SPARE_BYTES + 4 * os.stat(path).st_size
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    REHEARSALS[kind](path)


def _load_mat(path: str) -> None:
    import scipy.io

    scipy.io.loadmat(path, squeeze_me=True, struct_as_record=False)


def _take_apart(path: str) -> None:
    """Touch all that a reader may touch, but of plain numbers only the ends."""
    with h5py.File(path, "r") as file:
        check_sizes(file, path)
        _touch("/", file)
        file.visititems(_touch)


def _touch(name: str, item: h5py.HLObject) -> None:
    """Errors are left to the real reader, which tells them in one line."""
    for key in _tried(lambda: list(item.attrs)) or ():
        _tried(functools.partial(operator.getitem, item.attrs, key), texts=True)
    if isinstance(item, h5py.Dataset):
        _tried(item.id.get_storage_size)
        if item.ndim and item.dtype.kind != "O":
            _tried(lambda: (item[:1], item[-1:]))
        else:
            _tried(lambda: item[()], texts=True)


def _tried(action: Callable[[], Any], texts: bool = False) -> Any:
    try:
        return action()
    except DAMAGE as error:
        # the length of a text is a number in the file, and taken at its word
        if texts and (isinstance(error, MemoryError) or "memory allocation" in str(error)):
            sys.exit(SWOLLEN_EXIT)
        return None


REHEARSALS = {"hdf5": _take_apart, "mat": _load_mat}

if __name__ == "__main__":
    _play(*sys.argv[1:])
