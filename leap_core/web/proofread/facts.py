"""What is known of a video on the page: its files, the head of its track, what a line changes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from leap_core.containers import Track
from leap_core.io import hdf5

_SAME = 1e-3  # px or rad: less is rounding

Change = tuple[int, int]


@dataclass(frozen=True)
class Places:
    """Files of one video.

    Attributes:
        track: as found, before corrections; video: its frames, None = not on this disk.
        audit: what was found when all of it was decoded, where that was done.
    """

    track: Path
    video: Path | None
    corrections: Path
    audit: Path


@dataclass(frozen=True)
class Facts:
    """What the head of a track says.

    Attributes:
        width, height: px; 0 = the track does not say.
    """

    animals: int
    frames: int
    width: int
    height: int
    fps: float


def facts_of(path: Path) -> Facts:
    """What a track tells without being read.

    Raises:
        UserError: it is not there, or damaged.
    """
    with hdf5.taken_apart(path, Track.FORMAT) as file:
        animals, frames = file["valid"].shape
        width, height = (int(file.attrs.get(name, 0)) for name in ("width", "height"))
        return Facts(animals, frames, width, height, float(file.attrs.get("fps", np.nan)))


def changed(before: Track, after: Track) -> Change | None:
    """First and last frame in which two tracks differ; None where they are the same."""
    differs = (before.valid != after.valid).any(axis=0)
    for name in ("centroid", "area", "quality"):
        one, two = getattr(before, name), getattr(after, name)
        apart = (np.abs(one - two) > _SAME) | (np.isnan(one) != np.isnan(two))
        differs |= apart.reshape(len(one), one.shape[1], -1).any(axis=(0, 2))
    turn = before.heading - after.heading
    turn -= 2 * np.pi * np.round(turn / (2 * np.pi))
    differs |= (np.abs(turn) > _SAME).any(axis=0)
    differs |= (np.isnan(before.heading) != np.isnan(after.heading)).any(axis=0)
    frames = np.flatnonzero(differs)
    return (int(frames[0]), int(frames[-1])) if len(frames) else None
