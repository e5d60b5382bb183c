"""The packets of a video, listed without decoding: when each is shown, and where it lies."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

import av
import numpy as np

from leap_core.io import h264

UNTOLD = np.iinfo(np.int64).min  # a number that the file does not give


@dataclass(frozen=True)
class Packets:
    """Packets of the video stream in the order of the file.

    Attributes:
        pts, dts: (packet,) when it is shown and decoded, ticks of the stream.
        size, pos: (packet,) bytes, and where they begin in the file, as the demuxer tells it.
        between: (packet,) bytes of other streams since the packet before.
        key: (packet,) decodable by itself; hidden: not to be shown; corrupt: marked as damaged.
        skips: (packet,) a picture that it builds on never came (H.264 only, which counts them).
        counts: every packet told that count.
        end: s, where the last packet of any stream ends; 0 = no stream tells.
        failed: reading ended in an error.
    """

    pts: np.ndarray
    dts: np.ndarray
    size: np.ndarray
    pos: np.ndarray
    between: np.ndarray
    key: np.ndarray
    hidden: np.ndarray
    corrupt: np.ndarray
    skips: np.ndarray
    counts: bool
    end: float
    failed: bool

    def __len__(self) -> int:
        return len(self.pts)


def listed(container, stream) -> Packets:
    """All packets of a video stream; the container is read to its end."""
    rows = array("q")  # numbers one after the other: recordings have millions of packets
    counter = h264.counter_of(stream)
    between, end, failed = 0, 0.0, False
    try:
        for packet in container.demux():
            if not packet.size:
                continue
            if packet.pts is not None and packet.time_base:
                end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
            if packet.stream.index != stream.index:
                between += packet.size
                continue
            numbers = (packet.pts, packet.dts, packet.size, packet.pos)
            flags = (packet.is_keyframe, packet.is_discard, packet.is_corrupt)
            skips = counter is not None and counter.skips(packet)
            rows.extend(UNTOLD if n is None else n for n in numbers)
            rows.extend((between, *flags, skips))
            between = 0
    except av.error.FFmpegError:
        failed = True
    table = np.array(rows, np.int64).reshape(-1, 9).T
    counts = counter is not None and counter.read == table.shape[1]
    pts, dts, size, pos, apart = table[:5]
    key, hidden, corrupt, skips = table[5:].astype(bool)
    return Packets(pts, dts, size, pos, apart, key, hidden, corrupt, skips, counts, end, failed)
