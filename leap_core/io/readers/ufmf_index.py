"""Where the frames and backgrounds of a UFMF file are: by its index, or by reading it through."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

BACKGROUND, FRAME, INDEX = 0, 1, 2
_SIZES = {b"B": 1, b"f": 4, b"d": 8}
_MOST_BYTES = 1 << 32
_DEEP = 8  # dictionaries in one another
Read = Callable[[int, int], bytes]


class Broken(ValueError):
    """A file makes no sense at some place."""


@dataclass(frozen=True)
class Places:
    """Where chunks begin, bytes.

    Attributes:
        frames, seconds: (frame,) places and times.
        backgrounds, since: (background,) places and times, of kind ``mean`` only.
        found: by reading on, as the file has no index.
    """

    frames: np.ndarray
    seconds: np.ndarray
    backgrounds: np.ndarray
    since: np.ndarray
    found: bool

    def of_frame(self, number: int) -> int:
        """The latest background that is not younger than a frame; the first for earlier ones."""
        earlier = np.flatnonzero(self.since <= self.seconds[number])
        return int(earlier[np.argmax(self.since[earlier])]) if len(earlier) else 0


def stored(read: Read, place: int, size: int) -> Places | None:
    """By the index of a file; None where it is damaged.

    Args:
        read: bytes at a place.
        place: where it begins.
        size: bytes of the file.
    """
    try:
        index, _ = _dictionary(read, place, 0)
        frames, backgrounds = index["frame"], index["keyframe"]["mean"]
        places = Places(
            *_columns(frames),
            *_columns(backgrounds),
            found=False,
        )
    except (Broken, KeyError, TypeError):
        return None
    every = np.concatenate([places.frames, places.backgrounds])
    if not len(every) or every.min() < 0 or every.max() >= size:
        return None
    return places


def scanned(read: Read, place: int, size: int, points: str, channels: int) -> Places:
    """By reading a file from one chunk to the next, without its pixels.

    Args:
        place: of the first chunk.
        points: form of the head of a frame: its time, and how many boxes it has.
        channels: bytes of a pixel.

    Raises:
        Broken: a chunk of an unknown kind.
    """
    frames: list[tuple[int, float]] = []
    backgrounds: list[tuple[int, float]] = []
    while place < size:
        kind = read(place, 1)[0]
        try:
            if kind == BACKGROUND:
                length = read(place + 1, 1)[0]
                name = read(place + 2, length) if length else b""
                code, width, height, time = struct.unpack("<cHHd", read(place + 2 + length, 13))
                if code not in _SIZES:
                    raise Broken(f"a background of unknown samples at byte {place}")
                after = place + 15 + length + width * height * channels * _SIZES[code]
                if name == b"mean":
                    backgrounds.append((place, time))
            elif kind == FRAME:
                head = struct.calcsize(points)
                time, boxes = struct.unpack(points, read(place + 1, head))
                frames.append((place, time))
                after = place + 1 + head
                for _ in range(boxes):
                    width, height = struct.unpack("<HH", read(after + 4, 4))
                    after += 8 + width * height * channels
            elif kind == INDEX:
                break
            else:
                raise Broken(f"no chunk at byte {place}, behind {len(frames)} frames")
        except struct.error as error:
            raise Broken("it is cut off") from error
        except Broken as error:
            # a recorder that was stopped leaves its last chunk unfinished
            if "cut off" in str(error):
                break
            raise
        place = after
    return Places(*_pair(frames), *_pair(backgrounds), found=True)


def _pair(found: list[tuple[int, float]]) -> tuple[np.ndarray, np.ndarray]:
    places = np.array([place for place, _ in found], np.int64)
    return places, np.array([time for _, time in found], float)


def _columns(table: dict) -> tuple[np.ndarray, np.ndarray]:
    """Places and times of a table of the index.

    The letter for the places' type means 4 bytes on some systems and 8 on others: how many there
    are is told by the times.
    """
    seconds = np.frombuffer(table["timestamp"], "<f8") if table["timestamp"] else np.zeros(0)
    width, left = divmod(len(table["loc"]), len(seconds)) if len(seconds) else (8, 0)
    if left or width not in (4, 8):
        raise Broken("its index does not fit")
    return np.frombuffer(table["loc"], f"<i{width}").astype(np.int64), seconds


def _dictionary(read: Read, place: int, depth: int) -> tuple[dict, int]:
    """A dictionary of the index, with arrays as bytes, and where it ends."""
    if depth > _DEEP or read(place, 1) != b"d":
        raise Broken("its index is no dictionary")
    count, place = read(place + 1, 1)[0], place + 2
    found: dict = {}
    for _ in range(count):
        (length,) = struct.unpack("<H", read(place, 2))
        name = read(place + 2, length).decode("latin-1") if length else ""
        place += 2 + length
        kind = read(place, 1)
        if kind == b"d":
            found[name], place = _dictionary(read, place, depth + 1)
        elif kind == b"a":
            (size,) = struct.unpack("<I", read(place + 2, 4))
            if size > _MOST_BYTES:
                raise Broken("its index is too large")
            found[name] = read(place + 6, size) if size else b""
            if size % 8 and name == "timestamp":
                raise Broken("its index does not fit")
            place += 6 + size
        else:
            raise Broken("its index holds something else")
    return found, place
