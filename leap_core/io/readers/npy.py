"""NumPy's ``.npy``: frames are read one by one, and no pickled objects."""

from __future__ import annotations

import os
import tokenize
from pathlib import Path

import numpy as np

from leap_core.errors import UserError
from leap_core.io import untrusted
from leap_core.io.pixels import Picture
from leap_core.io.readers import arrays, shared

MAGIC = b"\x93NUMPY"
_READ = (np.lib.format.read_array_header_1_0, np.lib.format.read_array_header_2_0)
_DAMAGE = (*untrusted.DAMAGE, tokenize.TokenError, SyntaxError)  # of a header, which is Python text
_SAVE = "save it with np.save as (frame, y, x) of uint8 or uint16"


class Npy(shared.Reader):
    """One array in a file, read by its bytes: a map of a file that shrinks would crash."""

    def __init__(self, path: Path, dataset: str | None = None) -> None:
        if dataset is not None:
            raise UserError(f"{path}: an .npy file holds one array; leave `dataset` out")
        self._file = open(path, "rb")
        try:
            with untrusted.reading(path, "NumPy file", shared.COPY, _DAMAGE):
                version = np.lib.format.read_magic(self._file)
                two = version != (1, 0)
                read = _READ[two]
                self._shape, columns, self._kind = read(self._file)
            if reason := arrays.wrong(self._shape, self._kind):
                raise UserError(f"{path}: {reason}; {_SAVE}")
            if columns:
                raise UserError(
                    f"{path}: is in Fortran's order, in which no frame is in one piece; save it "
                    "with np.save(..., np.ascontiguousarray(array))"
                )
            self._start = self._file.tell()
            # Python numbers: the product of damaged sizes may wrap around
            self._bytes = self._kind.itemsize
            for length in self._shape[1:]:
                self._bytes *= int(length)
            whole = (shared.size_of(path) - self._start) // self._bytes
            if whole < self._shape[0]:
                raise shared.cut_off(path, whole, self._shape[0])
            first = self._read(0)
            self.white = first.white
            self.info = shared.described(
                path,
                "npy",
                "npy",
                self._shape[0],
                first,
                colour=arrays.is_colour(self._shape),
                remarks=arrays.doubts(self._shape),
            )
        except BaseException:
            self._file.close()
            raise

    def _read(self, number: int) -> Picture:
        data = os.pread(self._file.fileno(), self._bytes, self._start + number * self._bytes)
        image = np.frombuffer(data, self._kind).reshape(self._shape[1:])
        return arrays.picture_of(image, f"{self._file.name}: frame {number}")

    def picture(self, number: int) -> Picture | None:
        """A frame as its file has it; None where it cannot be read."""
        try:
            return self._read(number)
        except (OSError, ValueError):
            return None

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
