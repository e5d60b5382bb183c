"""How a photo's EXIF tag turns it, and back: OpenCV obeys the tag, labeling tools may not."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

TAG = 0x0112  # Orientation, 1 to 8 (EXIF 2.3, 4.6.4)
HEADER = b"Exif\0\0"
SEARCHED = 1 << 17  # bytes: in a JPEG the block is among the first segments of at most 64 KiB


def orientation(path: Path) -> int:
    """The orientation that a JPEG or PNG names; 1 where it names none."""
    with path.open("rb") as file:
        start = file.read(SEARCHED)
    if start[:2] == b"\xff\xd8":
        at = start.find(HEADER)
        return _tag(start[at + len(HEADER) :]) if at >= 0 else 1
    if start[:8] == b"\x89PNG\r\n\x1a\n":
        content = path.read_bytes()
        at = content.find(b"eXIf")
        return _tag(content[at + 4 :]) if at >= 0 else 1
    return 1


def _tag(block: bytes) -> int:
    """Orientation in a TIFF block; 1 where it is damaged."""
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    try:
        if order is None:
            return 1
        (first,) = struct.unpack_from(f"{order}I", block, 4)
        (count,) = struct.unpack_from(f"{order}H", block, first)
        for k in range(count):
            tag, _, _, value = struct.unpack_from(f"{order}HHIH", block, first + 2 + 12 * k)
            if tag == TAG:
                return int(value) if 1 <= value <= 8 else 1
    except struct.error:
        pass
    return 1


def as_stored(shown: np.ndarray, tag: int) -> np.ndarray:
    """An image (y, x) that a viewer has turned by ``tag``, as it is stored in the file."""
    back = {
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.T,
        6: lambda a: np.rot90(a, 1),
        7: lambda a: a[::-1, ::-1].T,
        8: lambda a: np.rot90(a, -1),
    }
    return np.ascontiguousarray(back[tag](shown)) if tag in back else shown
