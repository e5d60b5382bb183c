"""Where packets of a video are missing from its file, and which frames cannot be trusted for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from leap_core.io import chains
from leap_core.io.packets import UNTOLD, Packets

SOUND = -1  # may be shown
VOID = -2  # is damaged, or builds on data that is lost
_SPARE = 48  # bytes: more between two packets than their headers take
_EARLY = 3  # packets: a mark of damage comes up to two before it, held by parser and demuxer


@dataclass(frozen=True)
class Losses:
    """Packets, by their places in the file.

    Attributes:
        holes: before them, data of the video is lost.
        doubtful: before them, a time is free and nothing tells whether data was lost.
        spoilt: they may be damaged themselves.
    """

    holes: set[int]
    doubtful: set[int]
    spoilt: set[int]


def marked(packets: Packets) -> Losses:
    """What the packets tell themselves: marks of damage, and the count of H.264's pictures."""
    places = (np.flatnonzero(packets.corrupt)[:, None] + np.arange(_EARLY)).ravel()
    spoilt = set(places[places < len(packets)].tolist())
    return Losses(spoilt | set(np.flatnonzero(packets.skips).tolist()), set(), spoilt)


def find(path: Path, packets: Packets, kind: set[str], stream, gaps: set[int]) -> Losses:
    """What the packets and the bytes between them tell.

    Args:
        kind: names of the container's format.
        gaps: packets before which a time is free.
    """
    found = marked(packets)
    walk = next((chains.WALKS[name] for name in kind if name in chains.WALKS), None)
    if walk is None:
        if "mpeg" in kind:  # nothing tells, and most times are reckoned on from the last that is
            found.holes.update(_untimed_before(packets.pos, gaps))
        elif not (packets.counts or kind & {"mpegts", "mov"}):
            found.doubtful.update(gaps - found.holes)
        return found
    apart = np.diff(packets.pos) - packets.size[:-1] - packets.between[1:]
    asked = gaps | set((np.flatnonzero(apart > _SPARE) + 1).tolist())
    with open(path, "rb") as file:
        for k in sorted(asked):
            pos, stop = int(packets.pos[k - 1]), int(packets.pos[k])
            clean = None
            if 0 <= pos < stop:
                clean = walk(file, pos, int(packets.size[k - 1]), stop, stream.index)
            if clean is False:
                found.holes.add(k)
                found.spoilt.add(k - 1)  # may be its beginning only
            elif clean is None and k in gaps and not packets.counts:
                found.doubtful.add(k)
    return found


def _untimed_before(pos: np.ndarray, gaps: set[int]) -> set[int]:
    wide = set(gaps)
    for gap in gaps:
        at = gap - 1
        while at >= 0 and pos[at] == UNTOLD:
            wide.add(at)
            at -= 1
    return wide


def beside(
    free: np.ndarray, shown: np.ndarray, number: np.ndarray, places: set[int], around: int
) -> np.ndarray:
    """Which free numbers lie where packets are missing.

    Args:
        free: (number,) ascending.
        shown: (frame,) packets in the order of their times; number: (frame,) theirs.
        places: packets before which some are missing.
        around: packets by which the order of decoding may differ from that of times.
    """
    found = np.zeros(len(free), bool)
    missing = np.array(sorted(places))
    for k, at in enumerate(np.searchsorted(number, free) if places else ()):
        ends = shown[max(at - 1, 0)], shown[min(at, len(shown) - 1)]
        low, high = min(ends) - around, max(ends) + around
        found[k] = np.searchsorted(missing, low, "right") < np.searchsorted(missing, high, "right")
    return found


def trust(packets: Packets, losses: Losses) -> np.ndarray:
    """Whether the frame of each packet may be shown.

    Returns:
        (packet,) SOUND; VOID; or the packet of a key frame after a loss that must have been shown
        before: pictures that are shown before it may still build on what is lost.
    """
    found = np.full(len(packets), SOUND)
    found[list(losses.spoilt)] = VOID
    keys = np.flatnonzero(packets.key & (found == SOUND))
    for hole in sorted(losses.holes):
        at = int(np.searchsorted(keys, hole))
        begin, end = (int(keys[k]) if k < len(keys) else len(packets) for k in (at, at + 1))
        found[hole:begin] = VOID
        after = found[begin + 1 : end]
        after[after == SOUND] = begin
    return found
