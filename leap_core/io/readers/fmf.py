"""FlyMovieFormat (``.fmf``): whole frames with their times, one after the other.

Little-endian.  Version 1: version, height, width (uint32), bytes of a chunk, frames (uint64).
Version 3 has, behind the version, the length of a text that names the coding, that text, and the
bits of a pixel.  A chunk is a time in seconds (float64) and the frame; 0 frames = a recorder that
was not closed, and the file's size tells.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path

import numpy as np

from leap_core.errors import UserError
from leap_core.io.pixels import Picture
from leap_core.io.readers import arrays, shared

CHANNELS = {"MONO8": 1, "RGB8": 3, "RGB24": 3}
_LONGEST = 64  # bytes of a coding's name


class Fmf(shared.Reader):
    """Frames of one size at even places."""

    def __init__(self, path: Path, dataset: str | None = None) -> None:
        if dataset is not None:
            raise UserError(f"{path}: an .fmf file holds no datasets; leave `dataset` out")
        self._path = path
        with open(path, "rb") as file:
            head = _head(file.read(36 + _LONGEST))
        if head is None:
            raise UserError(f"{path}: not a readable FMF file; {shared.COPY}")
        coding, height, width, self._chunk, promised, self._start = head
        if coding.upper() not in CHANNELS:
            raise UserError(
                f"{path}: its coding {coding} is not read; save it as MONO8, or as a lossless video"
            )
        channels = CHANNELS[coding.upper()]
        self._shape = (height, width, channels) if channels > 1 else (height, width)
        there = shared.size_of(path) - self._start
        whole = there // self._chunk
        if promised and whole < promised:
            raise shared.cut_off(path, whole, promised)
        # of a recorder that was not closed, the last frame may be there in part
        count = promised or -(-there // self._chunk)
        if not whole:
            raise UserError(f"{path}: holds no frames; {shared.COPY}")
        self._file = open(path, "rb")
        try:
            first = self.picture(0)
            assert first is not None
            self.white = first.white
            seconds = np.array([self._seconds(k) for k in range(count)])
            self.info = shared.described(
                path, "fmf", coding, count, first, colour=channels > 1, seconds=seconds
            )
        except BaseException:
            self._file.close()
            raise

    def _at(self, number: int, size: int, after: int = 0) -> bytes:
        place = self._start + number * self._chunk + after
        return os.pread(self._file.fileno(), size, place)

    def _seconds(self, number: int) -> float:
        data = self._at(number, 8)
        return struct.unpack("<d", data)[0] if len(data) == 8 else float("nan")

    def picture(self, number: int) -> Picture | None:
        """A frame as its file has it; None where it is not all there."""
        data = self._at(number, self._chunk - 8, after=8)
        if len(data) < self._chunk - 8:
            return None
        image = np.frombuffer(data, np.uint8).reshape(self._shape)
        return arrays.picture_of(image, f"{self._path}: frame {number}")

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def recognizes(start: bytes) -> bool:
    """Whether a file that begins like this is one: it has no mark, but its sizes must agree."""
    return _head(start) is not None


def _head(start: bytes) -> tuple[str, int, int, int, int, int] | None:
    """Coding, height, width, bytes of a chunk, frames, where they begin; None for other files."""
    try:
        (version,) = struct.unpack_from("<I", start)
        if version == 1:
            coding, bits, at = "MONO8", 8, 4
        elif version == 3:
            (length,) = struct.unpack_from("<I", start, 4)
            if not 0 < length <= _LONGEST:
                return None
            coding = start[8 : 8 + length].decode("ascii")
            (bits,) = struct.unpack_from("<I", start, 8 + length)
            at = 12 + length
        else:
            return None
        height, width, chunk, frames = struct.unpack_from("<IIQQ", start, at)
    except (struct.error, UnicodeDecodeError):
        return None
    channels = CHANNELS.get(coding.upper(), 1)
    stated = {8 * channels, 8} if channels > 1 else {8}
    if coding.upper() in CHANNELS and (
        bits not in stated or chunk != 8 + height * width * channels or not height * width
    ):
        return None
    known = coding.isprintable() and 8 < chunk < 1 << 32
    return (coding, height, width, chunk, frames, at + 24) if known else None
