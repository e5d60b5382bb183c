"""The pages of a TIFF file, each taken out as a file of one page.

A page that is taken out is decoded like any other image, whatever its compression; nothing but the
page itself is read.  TIFF 6.0 and BigTIFF, of either byte order.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import BinaryIO

MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4} | {
    **{16: 8, 17: 8, 18: 8}
}
_NUMBERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_LONG = 4
REDUCED, WIDTH, HEIGHT, COMPRESSION, DESCRIPTION = 254, 256, 257, 259, 270
_STRIPS, _STRIP_BYTES, _TILES, _TILE_BYTES = 273, 279, 324, 325
# what says how the samples are stored; not the description, dates and private tags
_KEPT = {256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 280, 281, 284, 292, 317, 320} | {
    *(322, 323, 324, 325, 338, 339, 347, 530, 531, 532)
}
_MOST_BYTES = 1 << 30  # of a page, or a list in it: more is damage


class DamagedPage(ValueError):
    """A page cannot be taken out."""


@dataclass(frozen=True)
class Entry:
    """A tag of a page: its type, how many values, their bytes in the order of the file."""

    kind: int
    count: int
    data: bytes


class Pages:
    """The chain of pages in an open TIFF file.

    Attributes:
        places: where the directory of each page begins.
        whole: False = the chain leads out of the file, or in a circle.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = os.fstat(file.fileno()).st_size
        head = self._at(0, 8)
        self._order = "<" if head[:2] == b"II" else ">"
        self._big = head[2:4] in (b"+\0", b"\0+")
        place = self._number("Q", self._at(8, 8)) if self._big else self._number("I", head[4:])
        self.places: list[int] = []
        self.whole = True
        seen = set()
        while place:
            if place in seen:
                self.whole = False
                return
            seen.add(place)
            try:
                after = self._next(place)
            except DamagedPage:
                self.whole = False
                return
            self.places.append(place)
            place = after

    def __len__(self) -> int:
        return len(self.places)

    def tags(self, number: int) -> dict[int, Entry]:
        """The tags of a page by their codes."""
        place = self.places[number]
        count, start, width = self._entries(place)
        found = {}
        listed = self._at(start, count * width)
        for at in range(0, len(listed), width):
            code, kind = struct.unpack_from(self._order + "HH", listed, at)
            length = self._number("Q" if self._big else "I", listed[at + 4 : at + width // 2 + 2])
            inline = listed[at + width // 2 + 2 : at + width]
            size = _SIZES.get(kind, 0) * length
            if size > _MOST_BYTES or not size:
                continue
            if size > len(inline):
                data = self._at(self._number("Q" if self._big else "I", inline), size)
            else:
                data = inline[:size]
            found[code] = Entry(kind, length, data)
        return found

    def numbers(self, entry: Entry) -> list[int]:
        """Whole numbers of a tag."""
        letter = _NUMBERS.get(entry.kind)
        if letter is None:
            raise DamagedPage("a tag of another type")
        return list(struct.unpack(f"{self._order}{entry.count}{letter}", entry.data))

    def segments(self, tags: dict[int, Entry]) -> tuple[list[int], list[int]]:
        """Where the strips or tiles of a page begin, and how many bytes each has."""
        tiled = _TILES in tags
        codes = (_TILES, _TILE_BYTES) if tiled else (_STRIPS, _STRIP_BYTES)
        if codes[0] not in tags:
            raise DamagedPage("no data")
        starts = self.numbers(tags[codes[0]])
        if codes[1] not in tags:
            raise DamagedPage("no lengths")
        sizes = self.numbers(tags[codes[1]])
        if len(starts) != len(sizes) or sum(sizes) > _MOST_BYTES:
            raise DamagedPage("its parts do not fit")
        return starts, sizes

    def is_held(self, number: int) -> bool:
        """Whether the data of a page lie within the file."""
        try:
            starts, sizes = self.segments(self.tags(number))
        except DamagedPage:
            return False
        return all(a + b <= self._size for a, b in zip(starts, sizes, strict=True))

    def alone(self, tags: dict[int, Entry], starts: list[int], sizes: list[int]) -> bytes:
        """A TIFF file of one page.

        Args:
            tags: of the page.
            starts, sizes: where its data are, bytes.

        Raises:
            DamagedPage: they are not there.
        """
        blocks = [self._at(start, size) for start, size in zip(starts, sizes, strict=True)]
        kept = {code: entry for code, entry in tags.items() if code in _KEPT}
        tiled = _TILES in kept
        where, lengths = (_TILES, _TILE_BYTES) if tiled else (_STRIPS, _STRIP_BYTES)
        kept[where] = self._longs(starts)
        kept[lengths] = self._longs(sizes)
        at = 8 + 2 + 12 * len(kept) + 4
        places = {}
        for code, entry in sorted(kept.items()):
            if len(entry.data) > 4:
                places[code] = at
                at += len(entry.data) + len(entry.data) % 2
        begins = []
        for block in blocks:
            begins.append(at)
            at += len(block)
        if at >= 1 << 32:
            raise DamagedPage("too large")
        kept[where] = self._longs(begins)
        o = self._order
        out = [b"II*\0" if o == "<" else b"MM\0*", struct.pack(o + "IH", 8, len(kept))]
        values = []
        for code, entry in sorted(kept.items()):
            out.append(struct.pack(o + "HHI", code, entry.kind, entry.count))
            if code in places:
                out.append(struct.pack(o + "I", places[code]))
                values.append(entry.data + bytes(len(entry.data) % 2))
            else:
                out.append(entry.data.ljust(4, b"\0"))
        return b"".join([*out, struct.pack(o + "I", 0), *values, *blocks])

    def _longs(self, values: list[int]) -> Entry:
        try:
            packed = struct.pack(f"{self._order}{len(values)}I", *values)
        except struct.error:  # far into a large file; set again for the page alone
            packed = bytes(4 * len(values))
        return Entry(_LONG, len(values), packed)

    def _entries(self, place: int) -> tuple[int, int, int]:
        """Number of tags of a page, where they begin, bytes of each."""
        if self._big:
            count = self._number("Q", self._at(place, 8))
            start, width = place + 8, 20
        else:
            count = self._number("H", self._at(place, 2))
            start, width = place + 2, 12
        if not count or start + count * width > self._size:
            raise DamagedPage("its list of tags is not there")
        return count, start, width

    def _next(self, place: int) -> int:
        count, start, width = self._entries(place)
        kind = "Q" if self._big else "I"
        return self._number(kind, self._at(start + count * width, struct.calcsize(kind)))

    def _number(self, kind: str, data: bytes) -> int:
        return struct.unpack(self._order + kind, data)[0]

    def _at(self, place: int, size: int) -> bytes:
        data = os.pread(self._file.fileno(), size, place) if 0 <= place < self._size else b""
        if len(data) < size:
            raise DamagedPage("it is cut off")
        return data
