"""Writing to a disk that may be full or read-only."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py

# what the machine refuses, not what the program does wrong
REFUSED = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EFBIG, errno.ESTALE)
_KEPT_BYTES = 1 << 16  # larger pieces are image or feature data, which HDF5 does not read back


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """An exception, what it was raised from or on top of, and so on."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def refusal(error: BaseException) -> str | None:
    """The system's words ("No space left on device") when a disk refused to write, else None.

    Looks at the causes of ``error`` too; libraries often raise their own exceptions of it.
    """
    for cause in causes(error):
        if isinstance(cause, OSError) and cause.errno in REFUSED:
            return os.strerror(cause.errno)
    return None


class Sink(io.RawIOBase):
    """The file below a new HDF5 file.

    libhdf5 crashes the process some time after a write has failed.  So it is never told: the first
    error is kept in ``error``, later writes are dropped, and the small pieces among them, with
    which HDF5 describes its own file, are remembered so that it can read them until it closes.
    """

    def __init__(self, path: str | Path):
        super().__init__()
        self._file = open(path, "w+b", buffering=0)
        self._lost: dict[int, bytes] = {}
        self._end = 0
        self.error: OSError | None = None

    def raise_error(self) -> None:
        """Raise what a write met, if any did."""
        if self.error is not None:
            raise self.error

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence == os.SEEK_END:
            offset, whence = self._end + offset, os.SEEK_SET
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def truncate(self, size: int | None = None) -> int:
        size = self.tell() if size is None else size
        self._end = size
        try:
            return self._file.truncate(size)
        except OSError as error:
            self.error = self.error or error
            return size

    def write(self, data) -> int:
        view = memoryview(data).cast("B")
        start = self.tell()
        self._end = max(self._end, start + len(view))
        done = 0
        while self.error is None and done < len(view):
            try:
                done += self._file.write(view[done:])
            except OSError as error:
                self.error = error
        if self.error is not None:
            if len(view) <= _KEPT_BYTES:
                self._lost[start] = bytes(view)
            self._file.seek(start + len(view))
        return len(view)

    def readinto(self, buffer) -> int:
        view = memoryview(buffer).cast("B")
        start = self.tell()
        size = max(0, min(len(view), self._end - start))
        found = self._file.read(size)
        view[: len(found)] = found
        view[len(found) : size] = bytes(size - len(found))
        for at, data in self._lost.items():
            low, high = max(at, start), min(at + len(data), start + size)
            if low < high:
                view[low - start : high - start] = data[low - at : high - at]
        self._file.seek(start + size)
        return size

    def flush(self) -> None:
        pass

    def close(self) -> None:
        self._file.close()
        super().close()


class NewFile(h5py.File):
    """A new HDF5 file; closing it, or ``check``, raises the OSError of a disk that refused."""

    def __init__(self, path: str | Path, **options: Any):
        self._sink = Sink(path)
        super().__init__(self._sink, "w", **options)

    def check(self) -> None:
        """Raise what writing has met so far: a long computation need not go on in vain."""
        self._sink.raise_error()

    def close(self) -> None:
        super().close()
        self._sink.close()
        self.check()
