"""What of a track a person should look at, most doubtful first.

The doubts of the track itself, and moments that are ordinary and yet the places where a track goes
wrong: animals that meet, and animals that are lost and found again.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from leap_core.containers import Track
from leap_core.web.incoming import Refused
from leap_core.web.proofread.doubts import Doubt, doubts

MEETING = "close"
LOST, BORN, GONE = "lost", "birth", "death"
_APART = 0.5  # body lengths by which animals must part for a meeting to end: else it flickers
_MEETING, _LOST, _BORN = 0.25, 0.3, 0.2  # severities: below those of doubts that something tells
_ELONGATION = 2.5  # length by width of an animal whose outline the track does not tell


def moments(track: Track, *, crop_size: int | None = None) -> list[Doubt]:
    """All moments of a track, the most doubtful first."""
    found = doubts(track, crop_size=crop_size)
    kinds = {doubt.kind for doubt in found}
    if MEETING not in kinds:
        found = [*found, *meetings(track)]
    if not kinds & {LOST, BORN, GONE}:
        found = [*found, *gaps(track)]
    return sorted(found, key=lambda doubt: (-doubt.severity, doubt.first, doubt.animal))


def body(track: Track) -> tuple[float, float]:
    """Length and width of an animal, px, from its area; NaN where none was found."""
    area = track.area[track.valid & np.isfinite(track.area)]
    if not len(area):
        return float("nan"), float("nan")
    width = float(np.sqrt(4 * np.median(area) / (np.pi * _ELONGATION)))
    return _ELONGATION * width, width


def meetings(track: Track) -> Iterator[Doubt]:
    """Where two animals are within a body length of one another."""
    length, _ = body(track)
    for one in range(len(track.valid)):
        for two in range(one + 1, len(track.valid)):
            apart = np.linalg.norm(track.centroid[one] - track.centroid[two], axis=-1)
            apart = np.where(track.valid[one] & track.valid[two], apart, np.inf)
            for first, last in runs(apart < (1 + _APART) * length):
                near = float(apart[first : last + 1].min())
                if near >= length:
                    continue
                text = f"animals {one} and {two} come as near as {near:.0f} px"
                severity = _MEETING * (2 - near / length) / 2
                yield Doubt(MEETING, one, first, last, severity, text, other=two)


def gaps(track: Track) -> Iterator[Doubt]:
    """Where an animal is not found, and where it is found late, or for the last time."""
    count = track.valid.shape[1]
    for animal, valid in enumerate(track.valid):
        for first, last in runs(~valid):
            size = last - first + 1
            if first == 0 and last == count - 1:
                kind, text = LOST, "is never found"
            elif first == 0:
                kind, text = BORN, f"is found from frame {last + 1} on only"
            elif last == count - 1:
                kind, text = GONE, f"is not found after frame {first - 1}"
            else:
                kind, text = LOST, f"is not found in {size} frame{'s' if size > 1 else ''}"
            severity = (_LOST if kind == LOST else _BORN) * (1 + size / count) / 2
            yield Doubt(kind, animal, first, last, severity, text)


def runs(marked: np.ndarray) -> list[tuple[int, int]]:
    """First and last frame of every stretch of marked ones.

    >>> runs(np.array([0, 1, 1, 0, 1], bool))
    [(1, 2), (4, 4)]
    """
    steps = np.diff(np.r_[False, marked, False].astype(np.int8))
    begin, end = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1) - 1
    return list(zip(begin.tolist(), end.tolist(), strict=True))


def name_of(moment: Doubt) -> str:
    """What the page calls a moment: the same as long as its frames are.

    >>> name_of(Doubt("close", 0, 7, 9, 0.5, "", other=1))
    'close.0.1.7.9'
    """
    other = "-" if moment.other is None else moment.other
    return f"{moment.kind}.{moment.animal}.{other}.{moment.first}.{moment.last}"


def named(found: list[Doubt], name: object) -> Doubt:
    """The moment of a name.

    Raises:
        Refused: there is none now.
    """
    for moment in found:
        if name_of(moment) == name:
            return moment
    raise Refused(404, f"no moment {str(name)[:80]!r} any more; look at the list again")
