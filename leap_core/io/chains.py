"""Whether a stretch of a file between two packets of its video holds data of the video.

A frame that the camera left out leaves nothing there; one that was lost leaves bytes that nothing
explains.  Matroska (RFC 9559), AVI (OpenDML 1.02) and FLV (10.1) are chains of elements, so a
stretch is walked from one to the next.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

_SEGMENT, _CLUSTER, _GROUP = 0x18538067, 0x1F43B675, 0xA0
_SIMPLE, _BLOCK = 0xA3, 0xA1
_LONGEST = 1 << 20  # elements in one stretch: more is no stretch between two packets

# file, bytes of the packet before as the demuxer tells them, where the next begins, stream
Walk = Callable[[BinaryIO, int, int, int, int], bool | None]


def matroska(file: BinaryIO, pos: int, size: int, stop: int, track: int) -> bool | None:
    """Whether no block of the video lies between one of its packets and the next.

    Args:
        pos, size: bytes of the packet before, as the demuxer tells them.
        stop: where the next packet begins.
        track: number of the stream (unused: blocks bear the container's own).

    Returns:
        None where the packet before is not found in the file as it was given out (compressed).
    """
    file.seek(max(pos - 8, 0))
    header = file.read(9)
    own = header[-1:]  # number of its track; time and flags follow
    sizes = [_vint(header, 8 - count) for count in range(1, 9)]
    if not any(found and found[0] == size + 4 for found in sizes):
        return None
    at = pos + 4 + size
    for _ in range(_LONGEST):
        file.seek(at)
        head = file.read(24)
        name = _vint(head, 0, keep=True)
        length = _vint(head, name[1]) if name else None
        if name is None or length is None:
            return False
        inside = name[1] + length[1]
        if name[0] in (_SEGMENT, _CLUSTER, _GROUP):
            at += inside
            continue
        if name[0] in (_SIMPLE, _BLOCK):
            if at + inside == stop:
                return True
            if head[inside : inside + 1] == own:
                return False
        at += inside + length[0]
        if at > stop:
            return False
    return False


def _vint(data: bytes, at: int, keep: bool = False) -> tuple[int, int] | None:
    """A number of variable length and its bytes; None where there is none."""
    if at >= len(data) or not data[at]:
        return None
    count = 9 - data[at].bit_length()
    value = int.from_bytes(data[at : at + count], "big")
    return value if keep else value & ((1 << 7 * count) - 1), count


def avi(file: BinaryIO, pos: int, size: int, stop: int, track: int) -> bool:
    """The same for the chunks of an AVI, among which empty ones stand for frames left out."""
    return empty_between(file, pos, size, stop, track) is not None


def empty_between(file: BinaryIO, pos: int, size: int, stop: int, track: int) -> int | None:
    """Empty chunks of the video between two packets; None where the chain is broken."""
    return _chunks(file, pos, size, stop - 8, track)


def empty_at_end(file: BinaryIO, pos: int, size: int, track: int) -> int:
    """Empty chunks of the video after its last packet; 0 where the chain is broken."""
    file.seek(0, 2)
    return _chunks(file, pos, size, file.tell(), track) or 0


def _chunks(file: BinaryIO, pos: int, size: int, stop: int, track: int) -> int | None:
    at, empty = pos + size + size % 2, 0
    for _ in range(_LONGEST):
        if at == stop:
            return empty
        file.seek(at)
        head = file.read(12)
        if at > stop or len(head) < 8 or not head[:4].isascii() or not head[:2].isalnum():
            return None
        length = int.from_bytes(head[4:8], "little")
        if head[:4] in (b"LIST", b"RIFF") and head[8:12] in (b"movi", b"rec ", b"AVIX"):
            at += 12
            continue
        if head[:2] == b"%02d" % track and head[2:4] in (b"dc", b"db"):
            if length:
                return None
            empty += 1
        at += 8 + length + length % 2
    return None


def flv(file: BinaryIO, pos: int, size: int, stop: int, track: int) -> bool:
    """The same for the tags of an FLV."""
    at, first = pos, True
    for _ in range(_LONGEST):
        if at == stop:
            return True
        file.seek(at)
        head = file.read(13)
        if at > stop or len(head) < 13 or head[0] & 31 not in (8, 9, 18):
            return False
        length = int.from_bytes(head[1:4], "big")
        coded = head[11] & 15 != 7 or head[12] == 1  # of H.264, neither settings nor end
        if head[0] & 31 == 9 and length > 5 and coded and not first:
            return False
        at, first = at + 11 + length + 4, False
    return False


WALKS: dict[str, Walk] = {"matroska": matroska, "avi": avi, "flv": flv}
