"""Which frames a video has, which are missing, and which cannot be trusted, from its packets."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from leap_core.io import frame_times, losses
from leap_core.io.packets import UNTOLD, Packets

# containers without times: the library counts 25 frames per second whatever was filmed
RAW = set(
    "avs2 avs3 cavsvideo dirac dnxhd evc h261 h263 h264 hevc ingenient m4v mjpeg mjpeg_2000 mpjpeg "
    "mpegvideo obu rawvideo vc1 vvc".split()
)
SOUND = -1  # may be shown
VOID = -2  # builds on data that is lost
_NEAR = 16  # packets: more B-frames in a row no common encoder writes
_SPARE = 48  # bytes: more between two packets than their headers take
_CLOSE = 1.5  # ticks: frames that are closer may share one


@dataclass(frozen=True)
class FrameList:
    """Frames of a video by their number.

    Attributes:
        times: (frame,) ticks.
        order: (packet,) number of each packet's frame, -1 = not shown; where ``counted``, numbers
            in the order in which frames come out of the decoder.
        trust: (packet,) SOUND, VOID, or the packet that must have been shown before: a key frame
            after a loss, before which pictures of the damaged part may still come.
        dropped: numbers that were never recorded.
        fps: NaN = unknown.
        even: False = of variable rate.
        lost: data of the video is missing somewhere.
        timed: every frame has its time, so that it is known which ones are missing.
    """

    times: tuple[int, ...]
    order: tuple[int, ...]
    trust: tuple[int, ...]
    dropped: tuple[int, ...]
    fps: float
    even: bool
    counted: bool
    lost: bool
    timed: bool


def numbered(path: Path, packets: Packets, kind: set[str], stream, promised: int) -> FrameList:
    """Give every packet the number of its frame.

    Args:
        kind: names of the container's format.
        promised: frames that its index names; an index also tells that none is missing.
    """
    reordered = bool(stream.codec_context.has_b_frames)
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
    holes, doubtful = _holes(path, packets, kind, stream, shown, number, bool(promised))
    missing = _beside(free, shown, number, holes | doubtful, _NEAR if reordered else 0)
    slots = np.unique(number)
    counted = reordered and ("avi" in kind or twins)
    return FrameList(
        times=tuple(_all_times(times, slots, end, interval).tolist()),
        order=tuple((slots if counted else order).tolist()),
        trust=tuple(_trust(packets.key, holes).tolist()),
        dropped=tuple(free[~missing].tolist()),
        fps=float(1 / (interval * stream.time_base)) if interval > 0 else float("nan"),
        even=even,
        counted=counted,
        lost=bool(holes) or bool(missing.any()),
        timed=not counted,
    )


def _timeless(kind: set[str]) -> bool:
    return bool(kind & RAW) or any(name.endswith("_pipe") for name in kind)


def _in_order(packets: Packets, shown: np.ndarray, reordered: bool, fps: float) -> FrameList:
    """Frames of a stream without times, numbered as they come."""
    holes = set(np.flatnonzero(packets.skips | packets.corrupt).tolist())
    order = np.full(len(packets), -1)
    order[shown] = np.arange(len(shown))
    return FrameList(
        times=tuple(range(len(shown))),
        order=tuple(range(len(shown)) if reordered else order.tolist()),
        trust=tuple(_trust(packets.key, holes).tolist()),
        dropped=(),
        fps=fps,
        even=True,
        counted=reordered,
        lost=bool(holes),
        timed=False,
    )


def _constant(
    times: np.ndarray, stated: Fraction | None
) -> tuple[np.ndarray, Fraction | float, bool]:
    """As :func:`frame_times.slots`; a tick is a frame where nothing longer explains the times."""
    number, interval, even = frame_times.slots(times, stated)
    if not even:
        return times, Fraction(1), True
    return number + round(int(times[0]) / interval) if interval > 0 else number, interval, True


def _empty_at_end(path: Path, packets: Packets, stream, interval: Fraction | float) -> int:
    last = int(np.argmax(packets.pos))
    if packets.pos[last] < 0 or not interval > 0:
        return 0
    with open(path, "rb") as file:
        where = int(packets.pos[last]), int(packets.size[last])
        empty = losses.empty_at_end(file, *where, stream.index)
    return int(empty / interval)


def _all_times(
    times: np.ndarray, slots: np.ndarray, end: int, interval: Fraction | float
) -> np.ndarray:
    """Times of all numbers, those of missing frames between or beyond the others."""
    every = np.arange(end)
    beyond = np.minimum(every - slots[0], 0) + np.maximum(every - slots[-1], 0)
    found = np.interp(every, slots, times) + beyond * float(interval if interval > 0 else 1)
    return np.rint(found).astype(np.int64)


def _holes(
    path: Path,
    packets: Packets,
    kind: set[str],
    stream,
    shown: np.ndarray,
    number: np.ndarray,
    indexed: bool,
) -> tuple[set[int], set[int]]:
    """Packets before which data of the video is lost, and those where that cannot be told."""
    holes = set(np.flatnonzero(packets.skips).tolist())
    # the mark may come up to two packets early: the parser holds one, the demuxer another
    marked = np.flatnonzero(packets.corrupt)[:, None] + np.arange(3)
    holes |= set(marked[marked < len(packets)].tolist())
    gaps: set[int] = set()
    for at in np.flatnonzero(np.diff(number) > 1):
        low, high = sorted((int(shown[at]), int(shown[at + 1])))
        gaps |= set(range(low + 1, high + 1))
    walk = next((losses.WALKS[name] for name in kind if name in losses.WALKS), None)
    if walk is None:
        untold = not (packets.counts or "mpegts" in kind or (indexed and "avi" not in kind))
        return holes, gaps - holes if untold else set()
    apart = np.diff(packets.pos) - packets.size[:-1] - packets.between[1:]
    asked = gaps | set((np.flatnonzero(apart > _SPARE) + 1).tolist())
    doubtful = set()
    with open(path, "rb") as file:
        for k in sorted(asked):
            pos, stop = int(packets.pos[k - 1]), int(packets.pos[k])
            clean = None
            if 0 <= pos < stop:
                clean = walk(file, pos, int(packets.size[k - 1]), stop, stream.index)
            if clean is False:
                holes.add(k)
            elif clean is None and k in gaps and not packets.counts:
                doubtful.add(k)
    return holes, doubtful


def _beside(
    free: np.ndarray, shown: np.ndarray, number: np.ndarray, holes: set[int], around: int
) -> np.ndarray:
    """Which free numbers lie where packets are missing."""
    found = np.zeros(len(free), bool)
    if not holes:
        return found
    places = np.array(sorted(holes))
    after = np.searchsorted(number, free)
    for k, at in enumerate(after):
        ends = shown[max(at - 1, 0)], shown[min(at, len(shown) - 1)]
        low, high = min(ends) - around, max(ends) + around
        found[k] = np.searchsorted(places, low, "right") < np.searchsorted(places, high, "right")
    return found


def _trust(key: np.ndarray, holes: set[int]) -> np.ndarray:
    """See :class:`FrameList`."""
    trust = np.full(len(key), SOUND)
    keys = np.flatnonzero(key)
    for hole in sorted(holes):
        at = int(np.searchsorted(keys, hole))
        begin, end = (int(keys[k]) if k < len(keys) else len(key) for k in (at, at + 1))
        trust[hole:begin] = VOID
        after = trust[begin + 1 : end]
        after[after == SOUND] = begin
    return trust
