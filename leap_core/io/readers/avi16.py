"""Uncompressed AVI of 16 bits a pixel, as some cameras' programs write it; FFmpeg does not read it.

A RIFF file: its header names size, coding and rate of the pictures; the lists ``movi``, of which a
long file has several, hold a chunk for each, ``NNdb`` or ``NNdc`` with N the number of its stream.
An empty chunk stands for a frame that was dropped.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from leap_core.errors import UserError
from leap_core.io.pixels import Picture
from leap_core.io.readers import shared

CODINGS = (b"Y16 ", b"Y16\0", b"Y1\0\x10")  # grey of 16 bits, by FFmpeg's and cameras' names
GREY = (b"GREY", b"Y800", b"Y8  ")  # of 8 bits, and of 16 where the header says so
_LISTS = (b"RIFF", b"LIST")
_HEAD_BYTES = 1 << 16


class _CutOff(ValueError):
    """A chunk is longer than what is left of its file."""


@dataclass(frozen=True)
class Head:
    """The stream of pictures of a file: its number, size and rate, and the frames it promises."""

    number: int
    width: int
    height: int
    coding: bytes
    bits: int
    fps: float
    promised: int


class Avi16(shared.Reader):
    """Frames as chunks of whole numbers."""

    def __init__(self, path: Path, dataset: str | None = None) -> None:
        if dataset is not None:
            raise UserError(f"{path}: an AVI file holds no datasets; leave `dataset` out")
        self._path = path
        self._file = open(path, "rb")
        try:
            size = shared.size_of(path)
            head = _head(os.pread(self._file.fileno(), _HEAD_BYTES, 0))
            if head is None or head.width < 1 or head.height < 1:
                raise UserError(f"{path}: not a readable AVI file; {shared.COPY}")
            self._shape = head.height, head.width
            self._chunks: list[tuple[int, int]] = []
            name = b"%02d" % head.number
            whole = True
            try:
                for kind, place, length in _walk(self._at, 0, size):
                    if kind in (name + b"db", name + b"dc"):
                        self._chunks.append((place, length))
            except _CutOff:
                whole = False
            if not whole or len(self._chunks) < head.promised:
                found = len(self._chunks)
                raise shared.cut_off(path, found, max(head.promised, found + 1))
            first = next((p for k in range(len(self._chunks)) if (p := self.picture(k))), None)
            if first is None:
                raise UserError(f"{path}: no frame can be read; {shared.COPY}")
            count = len(self._chunks)
            self.info = shared.described(
                path,
                "avi16",
                "rawvideo",
                count,
                first,
                seconds=np.arange(count) / head.fps if head.fps > 0 else None,
                dropped=[k for k, (_, length) in enumerate(self._chunks) if not length],
            )
        except BaseException:
            self._file.close()
            raise

    def _at(self, place: int, size: int) -> bytes:
        return os.pread(self._file.fileno(), size, place)

    def picture(self, number: int) -> Picture | None:
        """A frame as its file has it; None where it was dropped or is of another size."""
        place, length = self._chunks[number]
        height, width = self._shape
        row = length // height
        if row not in (2 * width, -(-2 * width // 4) * 4) or row * height != length:
            return None
        data = self._at(place, length)
        if len(data) < length:
            return None
        samples = np.frombuffer(data, "<u2").reshape(height, row // 2)[:, :width]
        return Picture(np.ascontiguousarray(samples, np.uint16))

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def recognizes(start: bytes) -> bool:
    """Whether a file that begins like this is uncompressed AVI of 16 bits of grey."""
    if start[:4] != b"RIFF" or start[8:12] != b"AVI ":
        return False
    head = _head(start)
    return head is not None and (
        head.coding in CODINGS or (head.coding in GREY and head.bits == 16)
    )


def _head(start: bytes) -> Head | None:
    """The first stream of pictures; None where there is none."""

    def read(place: int, size: int) -> bytes:
        return start[place : place + size]

    number, promised, header = -1, 0, b""
    try:
        for kind, place, length in _walk(read, 0, len(start)):
            data = start[place : place + min(length, 256)]
            if kind == b"avih":
                promised = struct.unpack_from("<I", data, 16)[0]
            elif kind == b"strh":
                number, header = number + 1, data
            elif kind == b"strf" and header[:4] == b"vids":
                width, height, _, bits = struct.unpack_from("<iiHH", data, 4)
                scale, rate = struct.unpack_from("<II", header, 20)
                # `avih` counts the first RIFF only, so it is the stream's own count that tells
                frames = struct.unpack_from("<I", header, 32)[0]
                fps = rate / scale if scale else 0.0
                return Head(
                    number, width, abs(height), data[16:20], bits, fps, max(frames, promised)
                )
    except (_CutOff, struct.error):
        return None
    return None


def _walk(read, place: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, place and length of every chunk up to a place, those inside of lists too.

    Lists are gone through without their lengths, which a recorder that was stopped has not set.

    Raises:
        _CutOff: one goes beyond the end.
    """
    while place + 8 <= end:
        head = read(place, 12)
        if len(head) < 8:
            raise _CutOff
        kind, length = head[:4], struct.unpack_from("<I", head, 4)[0]
        if kind in _LISTS and len(head) == 12:
            place += 12
            continue
        if place + 8 + length > end:
            raise _CutOff
        yield kind, place + 8, length
        place += 8 + length + length % 2
