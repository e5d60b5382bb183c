"""Pictures that an H.264 stream builds on and does not hold, from its own count of them.

Every reference picture carries ``frame_num``, one more than the one before (ITU-T H.264, 7.4.3).  A
frame that the camera left out was never counted; one that was lost on the way was.  Decoders fill
such a gap with older pixels and do not say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_HEAD = 32  # bytes of a slice that are looked at: four numbers of at most 63 bits
_SLICE, _IDR, _MESSAGES, _SETS = 1, 5, 6, 7
_RECOVERY = 6  # the kind of a message that says from where a decoder may begin
_LISTS = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135}  # profiles with chroma


class _Bits:
    """Bits of a unit, without the bytes that were put in against false start codes."""

    def __init__(self, unit: bytes) -> None:
        plain = unit.replace(b"\0\0\3", b"\0\0")
        self.bits = bin(int.from_bytes(b"\1" + plain, "big"))[3:]
        self.at = 0

    def take(self, count: int) -> int:
        """The next bits as a number; ValueError where there are none."""
        self.at += count
        return int(self.bits[self.at - count : self.at], 2) if count else 0

    def golomb(self) -> int:
        """The next Exp-Golomb number."""
        zeros = self.bits.find("1", self.at) - self.at
        if zeros < 0:
            raise ValueError("no number")
        self.at += zeros
        return self.take(zeros + 1) - 1


@dataclass
class _Set:
    bits: int  # of frame_num
    planes: bool  # of color, coded apart
    gaps: bool  # frame_num may jump


def _pass_list(data: _Bits, length: int) -> None:
    """Read over a scaling list (7.3.2.1.1.1)."""
    last = scale = 8
    for _ in range(length):
        if scale:
            code = data.golomb()
            scale = (last + ((code + 1) // 2 if code % 2 else -(code // 2))) % 256
        last = scale or last


def _parameters(unit: bytes) -> tuple[int, _Set]:
    data = _Bits(unit[1:])
    profile = data.take(8)
    data.take(16)
    name = data.golomb()
    planes = False
    if profile in _LISTS:
        color = data.golomb()
        planes = color == 3 and bool(data.take(1))
        data.golomb(), data.golomb(), data.take(1)
        if data.take(1):
            for k in range(12 if color == 3 else 8):
                if data.take(1):
                    _pass_list(data, 16 if k < 6 else 64)
    bits = data.golomb() + 4
    kind = data.golomb()
    if kind == 0:
        data.golomb()
    elif kind == 1:
        data.take(1)
        for _ in range(2):
            data.golomb()
        for _ in range(data.golomb()):
            data.golomb()
    data.golomb()
    return name, _Set(bits, planes, bool(data.take(1)))


class Counter:
    """Follows ``frame_num`` from packet to packet."""

    def __init__(self, extradata: bytes) -> None:
        self.sets: dict[int, _Set] = {}
        self.pictures: dict[int, int] = {}  # picture parameter set: its sequence's
        self.before: int | None = None
        self.read = 0  # packets whose number was found
        self.length = 0  # bytes of a unit's size; 0 = start codes
        if extradata[:1] == b"\1" and len(extradata) > 6:
            self.length = (extradata[4] & 3) + 1
            self._stored(extradata)
        else:
            self._learn(self._units(extradata))

    def _stored(self, extradata: bytes) -> None:
        at, units = 5, []
        for mask in (31, 255):
            if at >= len(extradata):
                break
            count, at = extradata[at] & mask, at + 1
            for _ in range(count):
                size = int.from_bytes(extradata[at : at + 2], "big")
                units.append(extradata[at + 2 : at + 2 + size])
                at += 2 + size
        self._learn(units)

    def _units(self, data: bytes | memoryview) -> Iterator[bytes]:
        """The units of a packet, up to its first slice."""
        if self.length:
            at = 0
            while at + self.length < len(data):
                size = int.from_bytes(data[at : at + self.length], "big")
                at += self.length
                kind = data[at] & 31
                yield bytes(data[at : at + (_HEAD if kind in (_SLICE, _IDR) else size)])
                at += size
            return
        data = bytes(data)
        at = data.find(b"\0\0\1")
        while at >= 0:
            kind = data[at + 3] & 31 if at + 3 < len(data) else 0
            if kind in (_SLICE, _IDR):
                yield data[at + 3 : at + 3 + _HEAD]
                return
            following = data.find(b"\0\0\1", at + 3)
            yield data[at + 3 : following if following >= 0 else len(data)]
            at = following

    def _learn(self, units: Iterable[bytes]) -> None:
        for unit in units:
            self._set(unit)

    def _set(self, unit: bytes) -> None:
        try:
            if unit and unit[0] & 31 == _SETS:
                name, found = _parameters(unit)
                self.sets[name] = found
            elif unit and unit[0] & 31 == _SETS + 1:
                data = _Bits(unit[1:])
                self.pictures[data.golomb()] = data.golomb()
        except ValueError:
            return  # nothing is then told of its pictures

    def skips(self, packet) -> bool:
        """Whether a reference picture is missing between the packet before and this one."""
        for unit in self._units(memoryview(packet)):
            kind = unit[0] & 31 if unit else 0
            if kind not in (_SLICE, _IDR):
                self._set(unit)
                continue
            try:
                return self._slice(unit, kind == _IDR)
            except ValueError:
                break
        self.before = None
        return False

    def _slice(self, unit: bytes, first: bool) -> bool:
        data = _Bits(unit[1:])
        data.golomb(), data.golomb()
        name = self.pictures.get(data.golomb())
        known = self.sets.get(name) if name is not None else None
        if known is None or known.gaps:
            self.before = None
            return False
        if known.planes:
            data.take(2)
        number = data.take(known.bits)
        self.read += 1
        before = self.before
        # a picture that none builds on has the number of the reference picture to come
        reference = unit[0] >> 5 & 3
        most = 1 << known.bits
        skipped = before is not None and not first and number not in (before, (before + 1) % most)
        self.before = number if reference or before is None else before
        return skipped


def counter_of(stream) -> Counter | None:
    """What counts the pictures of a stream; None where it is not H.264."""
    context = stream.codec_context
    if context is None or context.name != "h264":
        return None
    return Counter(bytes(context.extradata or b""))


def begins_anew(stream, packet, sound: bool = True) -> bool:
    """Whether pictures that are shown after this one build on nothing before it (7.4.1.2.4, D.2.8).

    A key frame of a container may be only the first of some pictures that heal what is missing.

    Args:
        sound: nothing is damaged; else a decoder that comes from before this picture may have
            others in mind than one that begins here, unless the picture itself forbids that.
    """
    counter = counter_of(stream)
    healed: int | None = None
    for unit in counter._units(memoryview(packet)) if counter else ():
        kind = unit[0] & 31 if unit else 0
        if kind in (_SLICE, _IDR):
            return kind == _IDR or (healed == 0 and sound)
        if kind == _MESSAGES and healed is None:
            healed = _recovery(unit)
    return False


def _recovery(unit: bytes) -> int | None:
    """Pictures after which all is whole again, as a message says; None = none says so."""
    data = _Bits(unit[1:])
    try:
        while len(data.bits) - data.at > 16:
            kind, size = _message_number(data), _message_number(data)
            if kind == _RECOVERY:
                return data.golomb()
            data.at += 8 * size
    except ValueError:
        pass
    return None


def _message_number(data: _Bits) -> int:
    number = 0
    while (byte := data.take(8)) == 255:
        number += 255
    return number + byte
