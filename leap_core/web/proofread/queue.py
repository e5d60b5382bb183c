"""What of a track a person should look at, most doubtful first."""

from __future__ import annotations

import numpy as np

from leap_core.containers import Track
from leap_core.preprocess import plausibility
from leap_core.preprocess.plausibility import Doubt
from leap_core.preprocess.track_moments import Animal
from leap_core.web.incoming import Refused


def moments(track: Track, *, crop_size: int | None = None) -> list[Doubt]:
    """The doubts of a track, each of another name, the most doubtful first."""
    found: dict[str, Doubt] = {}
    for doubt in plausibility.doubts(track, crop_size=crop_size):
        found.setdefault(name_of(doubt), doubt)  # two ways to doubt the same frames are one
    return list(found.values())


def body(track: Track) -> tuple[float, float]:
    """Typical length and width of the animals, px; NaN where none was found."""
    sizes = np.array([(one.body, one.wide) for one in _animals(track)]).reshape(-1, 2)
    known = sizes[np.isfinite(sizes).all(axis=1)]
    if not len(known):
        return float("nan"), float("nan")
    length, width = np.median(known, axis=0)
    return float(length), float(width)


def _animals(track: Track) -> list[Animal]:
    return [Animal.of(track, k) for k in range(len(track.valid)) if track.valid[k].any()]


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
