"""Poses of DeepLabCut and SLEAP as a track: two parts of the body, one at each of its ends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from leap_core.errors import UserError
from leap_core.formats import dlc, sleap
from leap_core.formats.raw_labels import Head
from leap_core.formats.raw_tracks import RawTrack

_LEAST = 0.5  # likelihood or score: less is not seen


def _is_sleap(head: Head) -> bool:
    return sleap.recognizes(head) or sleap.recognizes_poses(head)


RECOGNIZES: dict[str, Callable[[Head], bool]] = {"sleap": _is_sleap, "dlc": dlc.recognizes}


def read_track(path: Path, program: str, parts: str | None, animals: int) -> RawTrack:
    """The middle between two parts, and the direction from the first to the second.

    Args:
        program: a key of ``RECOGNIZES``.
        parts: "tail part,head part"; None = not named.
        animals: how many there should be (:func:`leap_core.formats.sleap.read_poses`).

    Raises:
        UserError: the parts are not named, or are not in the file.
    """
    raw = sleap.read_poses(path, animals) if program == "sleap" else dlc.read_poses(path)
    there = raw.parts or ()
    named = [name.strip() for name in (parts or "").split(",")]
    if len(set(named)) != 2 or not set(named) <= set(there):
        raise UserError(
            f"{path}: which parts are the tail's end and the head's? There are "
            f"{', '.join(there)}; set `track_parts` to two of them, as 'tail,nose'"
        )
    if raw.positions.shape[3] != 2:
        raise UserError(f"{path}: has three dimensions, not those of a video; name another file")
    at = [there.index(name) for name in named]
    ends = raw.positions[:, :, at].astype(float)
    lost = ~np.isfinite(ends).all(-1)
    if raw.confidence is not None:
        lost |= raw.confidence[:, :, at] < _LEAST
    ends[lost.any(-1)] = np.nan
    way = ends[:, :, 1] - ends[:, :, 0]
    return RawTrack(
        centroid=ends.mean(2),
        first=int(raw.frame[0]),
        heading=np.arctan2(way[..., 1], way[..., 0]),
        names=tuple(str(k) for k in range(len(ends))),
        notes=raw.notes,
    )
