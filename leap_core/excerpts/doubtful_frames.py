"""Frames of a track that deserve a look, and why."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from leap_core.containers import Track

SURE = 0.95  # a better quality needs no look
APART_S = 0.5  # two frames of one kind are at least so far apart


def rank(
    track: Track, animal: int, most: int = 6, doubts: Sequence[tuple[int, int]] = ()
) -> dict[str, np.ndarray]:
    """Per reason, the worst valid frames of one animal, worst first; a few ordinary ones at last.

    Reasons: ``doubt`` (of ``doubts``, one frame of each), ``head unsure`` (lowest quality, of those
    below 0.95), ``turn`` (largest change of heading from the frame before), ``step`` (largest
    move), ``size`` (area farthest from its median, by ratio), and ``even`` (evenly spaced over the
    video).

    Args:
        doubts: first and last frame of doubtful moments, most doubtful first.
    """
    valid = track.valid[animal]
    heading, area = track.heading[animal], track.area[animal]
    pairs = np.zeros(len(valid), bool)
    pairs[1:] = valid[1:] & valid[:-1]
    turn = np.abs(np.angle(np.exp(1j * np.diff(heading, prepend=np.nan))))
    place = (
        track.centroid[animal] if track.camera is None else track.centroid[animal] + track.camera
    )
    step = np.linalg.norm(np.diff(place, axis=0, prepend=np.nan), axis=-1)
    with np.errstate(all="ignore"):
        typical = np.median(area[valid]) if valid.any() else np.nan
        size = np.abs(np.log(area / typical))
    unsure = valid & (track.quality[animal] < SURE)
    gap = max(1, round(APART_S * track.fps)) if np.isfinite(track.fps) else 1
    found = {
        "doubt": _of_moments(valid, doubts, gap, most),
        "head unsure": _worst(np.where(unsure, -track.quality[animal], np.nan), gap, most),
        "turn": _worst(np.where(pairs, turn, np.nan), gap, most),
        "step": _worst(np.where(pairs, step, np.nan), gap, most),
        "size": _worst(np.where(valid, size, np.nan), gap, most),
    }
    frames = np.flatnonzero(valid)
    picked = np.unique(np.linspace(0, max(len(frames) - 1, 0), most).round().astype(int))
    found["even"] = frames[picked] if len(frames) else frames
    return found


def _of_moments(
    valid: np.ndarray, moments: Sequence[tuple[int, int]], gap: int, most: int
) -> np.ndarray:
    """The first valid frame of each moment, none nearer to another than ``gap`` frames."""
    found: list[int] = []
    for first, last in moments:
        there = np.flatnonzero(valid[first : last + 1])
        if len(there) and all(abs(first + there[0] - other) > gap for other in found):
            found.append(int(first + there[0]))
    return np.array(found[:most], int)


def _worst(values: np.ndarray, gap: int, most: int) -> np.ndarray:
    """Frames of the largest values, each at least ``gap`` frames from those before it.

    >>> _worst(np.array([1.0, 9, 8, np.nan, 3, 2]), 2, 3).tolist()
    [1, 4]
    """
    left = np.where(np.isfinite(values), values, -np.inf)
    found: list[int] = []
    while len(found) < most and len(left):
        best = int(np.argmax(left))
        if left[best] == -np.inf:
            break
        found.append(best)
        left[max(0, best - gap) : best + gap + 1] = -np.inf
    return np.array(found, int)
