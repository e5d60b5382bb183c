"""Which frames a video has, which are missing, and which cannot be trusted, from its packets."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from leap_core.io import chains, frame_times, losses
from leap_core.io.packets import UNTOLD, Packets

# containers without times: the library counts 25 frames per second whatever was filmed
RAW = set(
    "avs2 avs3 cavsvideo dirac dnxhd evc h261 h263 h264 hevc ingenient m4v mjpeg mjpeg_2000 mpjpeg "
    "mpegvideo obu rawvideo vc1 vvc".split()
)
_NEAR = 16  # packets: more B-frames in a row no common encoder writes
_TICKS = 0.1  # of the steps in an AVI, that are one tick: the tick is its frame
_CLOSE = 1.5  # ticks: frames that are closer may share one


@dataclass(frozen=True)
class FrameList:
    """Frames of a video by their number.

    Attributes:
        times: (frame,) ticks.
        order: (packet,) number of each packet's frame, -1 = not shown; where ``counted``, numbers
            in the order in which frames come out of the decoder.
        trust: (packet,) as :func:`leap_core.io.losses.trust`.
        dropped: numbers that were never recorded.
        fps: NaN = unknown.
        even: False = of variable rate.
        lost: data of the video is missing somewhere.
        late: empty places before the first frame, which has the number 0.
        timed: every frame has its time, so that it is known which ones are missing.
    """

    times: tuple[int, ...]
    order: array[int]
    trust: array[int]
    dropped: tuple[int, ...]
    fps: float
    even: bool
    counted: bool
    lost: bool
    timed: bool
    late: int = 0


def numbered(path: Path, packets: Packets, kind: set[str], stream, promised: int) -> FrameList:
    """Give every packet the number of its frame.

    Args:
        kind: names of the container's format.
        promised: frames that its index names; an index also tells that none is missing.
    """
    depth = stream.codec_context.reorder_depth
    reordered = depth > 0
    rate = stream.average_rate or stream.guessed_rate
    stated = Fraction(1 / (rate * stream.time_base)) if rate else None
    # the decoding time of a constant rate is the number of the frame
    clock = packets.dts if "avi" in kind else packets.pts
    shown = np.flatnonzero(~packets.hidden)
    if not len(shown) or _timeless(kind) or (clock[shown] == UNTOLD).any():
        fps = float("nan") if _timeless(kind) else float(rate or "nan")
        return _in_order(packets, shown, reordered, fps)
    shown = shown[np.argsort(clock[shown], kind="stable")]
    times = clock[shown]
    again = np.r_[False, np.diff(times) == 0]
    twins = stated is not None and bool(stated < _CLOSE) and bool(again.any())
    if twins:
        again[:] = False
    if "avi" in kind:
        number, interval, even = _constant(times[~again], stated)
    else:
        number, interval, even = frame_times.slots(times[~again], stated, not promised)
    times, number = times[~again], number[np.cumsum(~again) - 1]
    end = int(number[-1]) + 1
    if "avi" in kind:
        end += _empty_at_end(path, packets, stream, interval)
    order = np.full(len(packets), -1)
    order[shown] = number
    free = np.setdiff1d(np.arange(end), number)
    found = losses.find(path, packets, kind, stream, _gaps(shown, number))
    places = found.holes | found.doubtful
    missing = losses.beside(free, shown, number, places, _NEAR if reordered else 0)
    slots = np.unique(number)
    counted = reordered and ("avi" in kind or twins)
    if counted and "avi" in kind and depth < len(slots):
        # chunks stand where frames are decoded, that many frames after they are shown
        slots = np.concatenate([slots[depth:], slots[-1] + 1 + np.arange(depth)]) - slots[depth]
        free = np.setdiff1d(np.arange(end), slots)
        missing = np.full(len(free), bool(places))
    return FrameList(
        times=tuple(_all_times(times, slots, end, interval).tolist()),
        order=_packed(slots if counted else order),
        trust=_packed(losses.trust(packets, found)),
        dropped=tuple(free[~missing].tolist()),
        fps=float(1 / (interval * stream.time_base)) if interval > 0 else float("nan"),
        even=even,
        counted=counted,
        lost=bool(found.holes) or bool(missing.any()),
        timed=not counted,
        late=round(int(times[0]) / interval) if "avi" in kind and interval > 0 else 0,
    )


def _packed(numbers: np.ndarray) -> array[int]:
    """Numbers that are read one by one, in 8 bytes each."""
    return array("q", numbers.astype(np.int64).tobytes())


def _gaps(shown: np.ndarray, number: np.ndarray) -> set[int]:
    """Packets between which numbers are free."""
    found: set[int] = set()
    for at in np.flatnonzero(np.diff(number) > 1):
        low, high = sorted((int(shown[at]), int(shown[at + 1])))
        found |= set(range(low + 1, high + 1))
    return found


def _timeless(kind: set[str]) -> bool:
    return bool(kind & RAW) or any(name.endswith("_pipe") for name in kind)


def _in_order(packets: Packets, shown: np.ndarray, reordered: bool, fps: float) -> FrameList:
    """Frames of a stream without times, numbered as they come."""
    found = losses.marked(packets)
    order = np.full(len(packets), -1)
    order[shown] = np.arange(len(shown))
    return FrameList(
        times=tuple(range(len(shown))),
        order=_packed(np.arange(len(shown)) if reordered else order),
        trust=_packed(losses.trust(packets, found)),
        dropped=(),
        fps=fps,
        even=True,
        counted=reordered,
        lost=bool(found.holes),
        timed=False,
    )


def _constant(
    times: np.ndarray, stated: Fraction | None
) -> tuple[np.ndarray, Fraction | float, bool]:
    """As :func:`frame_times.slots`, of an AVI: a tick is a frame unless it was copied to finer."""
    if len(times) > 1 and np.mean(np.diff(times) == 1) >= _TICKS:
        return times - times[0], Fraction(1), True
    return frame_times.slots(times, stated)


def _empty_at_end(path: Path, packets: Packets, stream, interval: Fraction | float) -> int:
    last = int(np.argmax(packets.pos))
    if packets.pos[last] < 0 or not interval > 0:
        return 0
    with open(path, "rb") as file:
        where = int(packets.pos[last]), int(packets.size[last])
        empty = chains.empty_at_end(file, *where, stream.index)
    return int(empty / interval)


def _all_times(
    times: np.ndarray, slots: np.ndarray, end: int, interval: Fraction | float
) -> np.ndarray:
    """Times of all numbers, those of missing frames between or beyond the others."""
    every = np.arange(end)
    beyond = np.minimum(every - slots[0], 0) + np.maximum(every - slots[-1], 0)
    found = np.interp(every, slots, times) + beyond * float(interval if interval > 0 else 1)
    return np.rint(found).astype(np.int64)
