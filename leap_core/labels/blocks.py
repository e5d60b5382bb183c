"""Blocks of time: which labeled frames of videos go to which side, with gaps between the sides.

Frames of one moment look alike.  So each side takes whole stretches of a video, and what lies
nearer to another side than the gap belongs to none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

NONE = -1
# Several short blocks, spread over the videos, tell more than one long one: as many as cost few
# labels.  Blocks of a side in each video; 0 = one block in all.
MOST_BLOCKS = (4, 2, 1, 0)
LEAST_LABELS = 5  # in a block, where several are made
CHEAP = 0.02  # share of the labels that gaps may cost for more blocks than need be
MOST_LOST = 0.1  # share that gaps may cost at all; beyond, they shrink
FLEXIBLE, OFF = 0.3, 0.25  # how far a block's size may be off, and what that counts in lost labels
MOST_SIZES = 13  # tried for each block


@dataclass(frozen=True)
class Frames:
    """Labeled frames, each once, in the order of video and frame.

    Attributes:
        video: (n) number of the video, from 0, ascending.
        frame: (n) frame of that video, ascending within each.
        weight: (n) labeled samples of that frame: animals.
        fps: (video) frames per second.
    """

    video: np.ndarray
    frame: np.ndarray
    weight: np.ndarray
    fps: np.ndarray

    def __len__(self) -> int:
        return len(self.frame)


class Blocks(NamedTuple):
    """``side`` (n): index of the side, or NONE in a gap; ``gap_s``: the gap that is there, s."""

    side: np.ndarray
    gap_s: float


def gap_frames(gap_s: float, fps: np.ndarray) -> np.ndarray:
    """The fewest frames from one to another that is ``gap_s`` later.

    >>> gap_frames(1.0, np.array([100.0, 29.97]))
    array([100,  30])
    """
    return np.ceil(gap_s * np.asarray(fps, float) - 1e-6).astype(np.int64)


def divide(frames: Frames, counts: Sequence[int], gap_s: float, seed: int) -> Blocks:
    """Blocks for every side, with as few labels in gaps as can be.

    The largest side is what the blocks of the others leave.  Gaps that would cost more than a
    tenth of the labels are halved until they do not.

    Args:
        counts: labels wanted for each side, all above zero; at most as many sides as frames.
        gap_s: at least so much time between frames of different sides, s.
    """
    total, asked = int(frames.weight.sum()), gap_s
    while True:
        found: list[tuple[int, np.ndarray]] = []
        for level in MOST_BLOCKS:
            rng = np.random.default_rng([seed, level])
            side = _place(frames, counts, gap_frames(gap_s, frames.fps), level, rng)
            if side is None:
                continue
            lost = int(frames.weight[side == NONE].sum())
            if lost <= CHEAP * total:
                return Blocks(side, min(asked, _least_s(frames, side)))
            found.append((lost, side))
        if found:
            lost, side = min(found, key=lambda item: item[0])
            if lost <= MOST_LOST * total:
                return Blocks(side, min(asked, _least_s(frames, side)))
        # a gap of one frame is none
        gap_s = gap_s / 2 if (gap_s * frames.fps > 2).any() else 0.0


def _place(
    frames: Frames, counts: Sequence[int], gap: np.ndarray, level: int, rng: np.random.Generator
) -> np.ndarray | None:
    """The side of every frame; None where a side finds no room."""
    rest, *others = sorted(range(len(counts)), key=lambda k: -counts[k])
    side = np.full(len(frames), rest)
    videos = len(frames.fps)
    labels = np.bincount(frames.video, frames.weight, videos)
    first, last = _within(frames, gap)
    for n, name in enumerate(others):
        left = counts[name]
        count = max(1, min(level * videos, left // LEAST_LABELS))
        given = np.zeros(videos)
        for done in range(2 * count):
            if left <= 0:
                break
            wanted = max(1, round(left / max(1, count - done)))
            if done >= count and 2 * left < counts[name] / count:
                break  # near enough
            # as many in each video as its labels deserve
            order = np.lexsort([rng.random(videos), -labels / (1 + given)])
            block = None
            for among in [order] if level == 0 else order.reshape(-1, 1):
                room = _Room(frames, side == rest, first, last, np.isin(frames.video, among))
                block = room.cheapest(wanted, len(others) - n, rng)
                if block is not None:
                    break
            if block is None:
                break
            start, stop = block
            near = slice(first[start], last[stop - 1])
            side[near] = np.where(side[near] == rest, NONE, side[near])
            side[start:stop] = name
            given[frames.video[start]] += 1
            left -= int(frames.weight[start:stop].sum())
        if left == counts[name]:
            return None
    return side


def _least_s(frames: Frames, side: np.ndarray) -> float:
    """Least time between frames of different sides of one video, s."""
    kept = side != NONE
    video, frame, mine = frames.video[kept], frames.frame[kept], side[kept]
    border = (video[1:] == video[:-1]) & (mine[1:] != mine[:-1])
    apart = np.diff(frame)[border] / frames.fps[video[1:][border]]
    return float(apart.min(initial=np.inf))


def _within(frames: Frames, gap: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For every frame the first and the last + 1 that are nearer to it than the gap."""
    first, last = np.arange(len(frames)), np.arange(len(frames)) + 1
    for video, width in enumerate(gap):
        (mine,) = np.nonzero(frames.video == video)
        if len(mine):
            at, begin = frames.frame[mine], mine[0]
            first[mine] = np.minimum(mine, begin + np.searchsorted(at, at - width, "right"))
            last[mine] = np.maximum(mine + 1, begin + np.searchsorted(at, at + width, "left"))
    return first, last


class _Room:
    """Where a block can still be put."""

    def __init__(self, frames: Frames, free, first, last, among):
        self._first, self._last, self._free = first, last, int(free.sum())
        self._weight = _sums(frames.weight)
        self._frames, self._labels = _sums(free), _sums(free * frames.weight)
        here = np.arange(len(frames))
        # a block ends with its video, and where another begins
        ends = ~free | np.r_[frames.video[1:] != frames.video[:-1], True]
        stop = np.where(ends, here + free, len(frames))
        self._stop = np.minimum.accumulate(stop[::-1])[::-1]
        self._starts = here[free & among]

    def cheapest(self, wanted: int, sides: int, rng: np.random.Generator) -> tuple[int, int] | None:
        """The block (start, stop) of about ``wanted`` labels that costs least; ties by chance.

        Args:
            sides: how many others must still find a frame.
        """
        low, high = max(1, np.ceil((1 - FLEXIBLE) * wanted)), int((1 + FLEXIBLE) * wanted)
        sizes = np.unique(np.linspace(low, max(low, high), MOST_SIZES).round().astype(int))
        sizes = np.union1d(sizes, [wanted])
        start = np.repeat(self._starts, len(sizes))
        size = np.tile(sizes, len(self._starts))
        stop = np.searchsorted(self._weight, self._weight[start] + size)
        stop = np.minimum(stop, self._stop[start])
        before, after = self._first[start], self._last[stop - 1]
        left = self._free - (self._frames[after] - self._frames[before])
        start, stop, before, after = (v[left >= sides] for v in (start, stop, before, after))
        if not len(start):
            return None
        own = self._labels[stop] - self._labels[start]
        lost = self._labels[after] - self._labels[before] - own
        cost = lost + OFF * np.abs(own - wanted)
        best = np.flatnonzero(cost <= cost.min() + 1e-9)
        one = best[rng.integers(len(best))]
        return int(start[one]), int(stop[one])


def _sums(values: np.ndarray) -> np.ndarray:
    """Sum of all values before each, and of all."""
    return np.concatenate([[0], np.cumsum(values)])
