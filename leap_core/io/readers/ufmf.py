"""Micro fly movie format (``.ufmf``): background images, and boxes around what moves.

Little-endian, versions 2 to 4: ``ufmf``, version (uint32), where the index begins (uint32 in
version 2, else uint64; 0 = nowhere), largest width and height (uint16), in version 4 whether boxes
have one size (uint8), length and text of the coding.  Chunks follow: 0 a background (its kind, type
of its samples, width, height, time, samples), 1 a frame (time, number of boxes, and of each x, y,
width, height and its pixels), 2 the index.  The picture of a frame is the latest background of kind
``mean`` that is not younger, with its boxes laid upon it.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from leap_core.errors import UserError
from leap_core.io.pixels import Picture
from leap_core.io.readers import arrays, shared, ufmf_index
from leap_core.io.readers.ufmf_index import Broken, Places

MAGIC = b"ufmf"
CHANNELS = {"mono8": 1, "rgb24": 3, "rgb8": 3}
_TYPES = {b"B": "u1", b"f": "<f4", b"d": "<f8"}


@dataclass(frozen=True)
class Head:
    """What a file says first."""

    version: int
    index: int
    coding: str
    start: int


class Ufmf(shared.Reader):
    """Frames made of a background and boxes."""

    def __init__(self, path: Path, dataset: str | None = None) -> None:
        if dataset is not None:
            raise UserError(f"{path}: an .ufmf file holds no datasets; leave `dataset` out")
        self._path = path
        self._size = shared.size_of(path)
        self._file = open(path, "rb")
        try:
            self._prepare(path)
        except (Broken, OSError) as error:
            self._file.close()
            raise UserError(f"{path}: not a readable UFMF file ({error}); {shared.COPY}") from error
        except BaseException:
            self._file.close()
            raise

    def _prepare(self, path: Path) -> None:
        self._head = _head(path, os.pread(self._file.fileno(), 512, 0))
        self._channels = CHANNELS[self._head.coding.lower()]
        self._points = "<dI" if self._head.version == 4 else "<dH"
        read = self._at
        places = ufmf_index.stored(read, self._head.index, self._size) if self._head.index else None
        if places is None:
            places = ufmf_index.scanned(
                read, self._head.start, self._size, self._points, self._channels
            )
            if self._head.index >= self._size:
                raise UserError(
                    f"{path}: cut off or damaged after frame {len(places.frames)}; {shared.COPY}"
                )
        self._places: Places = places
        if not len(places.frames):
            raise UserError(f"{path}: holds no frames; {shared.COPY}")
        if not len(places.backgrounds):
            raise UserError(
                f"{path}: holds no background images of kind `mean`, on which its frames rest; "
                "make it again with them"
            )
        self._background: tuple[int, np.ndarray] | None = None
        self._shape = next(
            (b.shape for k in range(len(places.backgrounds)) if (b := self._mean(k)) is not None),
            None,
        )
        if self._shape is None:
            raise Broken("no background can be read")
        first = arrays.picture_of(np.zeros(self._shape, np.uint8), str(path))
        self.white = first.white
        self.info = shared.described(
            path,
            "ufmf",
            self._head.coding,
            len(places.frames),
            first,
            colour=self._channels > 1,
            seconds=places.seconds,
            remarks=["it has no index: frames were found by reading on"] if places.found else [],
        )

    def _at(self, place: int, size: int) -> bytes:
        data = os.pread(self._file.fileno(), size, place) if 0 <= place < self._size else b""
        if len(data) < size:
            raise Broken("it is cut off")
        return data

    def _mean(self, number: int) -> np.ndarray | None:
        """A background (y, x) or (y, x, channel) uint8; None where it is damaged."""
        if self._background is not None and self._background[0] == number:
            return self._background[1]
        try:
            place = self._places.backgrounds[number]
            kind, length = self._at(place, 2)
            code, width, height, _ = struct.unpack("<cHHd", self._at(place + 2 + length, 13))
            if kind != ufmf_index.BACKGROUND or code not in _TYPES or not width * height:
                return None
            samples = np.dtype(_TYPES[code])
            count = width * height * self._channels
            data = self._at(place + 15 + length, count * samples.itemsize)
        except Broken:
            return None
        image = np.frombuffer(data, samples)
        if samples.kind == "f":
            if not np.isfinite(image).all():
                return None
            image = np.clip(np.rint(image), 0, 255).astype(np.uint8)
        colours = (self._channels,) if self._channels > 1 else ()
        image = image.reshape(height, width, *colours)
        self._background = number, image
        return image

    def picture(self, number: int) -> Picture | None:
        """A frame; None where it, or its background, is damaged."""
        below = self._mean(self._places.of_frame(number))
        if below is None or below.shape != self._shape:
            return None
        image = below.copy()
        place = self._places.frames[number]
        try:
            if self._at(place, 1)[0] != ufmf_index.FRAME:
                return None
            head = struct.calcsize(self._points)
            _, boxes = struct.unpack(self._points, self._at(place + 1, head))
            place += 1 + head
            for _ in range(boxes):
                x, y, width, height = struct.unpack("<HHHH", self._at(place, 8))
                size = width * height * self._channels
                if x + width > image.shape[1] or y + height > image.shape[0]:
                    return None
                pixels = np.frombuffer(self._at(place + 8, size), np.uint8)
                image[y : y + height, x : x + width] = pixels.reshape(
                    height, width, *image.shape[2:]
                )
                place += 8 + size
        except Broken:
            return None
        return arrays.picture_of(image, f"{self._path}: frame {number}")

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def _head(path: Path, start: bytes) -> Head:
    """What a file says first.

    Raises:
        UserError: a version or coding that is not read.
        Broken: no such file.
    """
    if len(start) < 8:
        raise Broken("it is cut off")
    (version,) = struct.unpack_from("<I", start, 4)
    if version not in (2, 3, 4):
        raise UserError(f"{path}: is UFMF of version {version}; only versions 2 to 4 are read")
    layouts = {2: ("<IHHB", "<QHHB"), 3: ("<QHHB",), 4: ("<QHHBB",)}[version]
    heads = [head for layout in layouts if (head := _by_layout(version, layout, start))]
    if not heads:
        raise Broken("its header makes no sense")
    # some writers of version 2 give the place of the index 8 bytes: the coding shows which
    known = [head for head in heads if head.coding.lower() in CHANNELS]
    if not known:
        raise UserError(f"{path}: its coding {heads[0].coding} is not read; make it again as MONO8")
    if version == 4 and start[20]:
        raise UserError(
            f"{path}: has boxes of one fixed size, which are not read; make it again with boxes of "
            "their own size"
        )
    return known[0]


def _by_layout(version: int, layout: str, start: bytes) -> Head | None:
    try:
        values = struct.unpack_from(layout, start, 8)
    except struct.error:
        return None
    at = 8 + struct.calcsize(layout)
    text = start[at : at + values[-1]]
    if not text or len(text) < values[-1] or not text.isascii() or not text.decode().isprintable():
        return None
    return Head(version, values[0], text.decode(), at + len(text))
