"""Turning camera coordinates frame by frame so that the animal's head points to +x."""

from __future__ import annotations

import numpy as np

from leap_core import geometry
from leap_core.skeleton import Skeleton
from leap_core.timeseries import runs


def bridge(values: np.ndarray, longest: float) -> np.ndarray:
    """Fill missing stretches of up to ``longest`` frames: a straight line, at the ends held.

    Args:
        values: (frame,) or (frame, xy); NaN = missing.

    >>> bridge(np.array([0.0, np.nan, 2.0, np.nan, np.nan, 5.0]), 1).tolist()
    [0.0, 1.0, 2.0, nan, nan, 5.0]
    """
    if values.ndim == 2:
        return np.stack([bridge(column, longest) for column in values.T], axis=1)
    seen, out = np.isfinite(values), values.copy()
    for start, stop in runs(~seen):
        if seen.any() and stop - start <= longest:
            out[start:stop] = np.interp(np.arange(start, stop), np.flatnonzero(seen), values[seen])
    return out


def align(
    positions: np.ndarray,
    seen: np.ndarray,
    skeleton: Skeleton,
    longest: float,
    size: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Egocentric positions, and where the animal is.

    The heading points from the skeleton's tail part to its head part; the crop's centre is the
    center part, or the middle of the axis in a skeleton without.  Neither is smoothed.  Where a
    part they need is missing for up to ``longest`` frames, heading (unwrapped) and center are
    bridged; in longer gaps they and all positions are NaN.

    Args:
        positions: (frame, part, xy) px of the camera; NaN = missing.
        seen: (frame, part) False = too uncertain to tell the heading or the center.
        skeleton: with an axis.
        size: side of the crop, px; its middle is where the center comes to lie.

    Returns:
        positions (frame, part, xy) px of the crop, center (frame, xy) px, heading (frame,) rad.
    """
    known = np.where(seen[..., None], positions, np.nan)
    tail, head = (known[:, end] for end in skeleton.ends)
    body = head - tail
    # two parts on one spot tell no direction
    body[(body == 0).all(axis=1)] = np.nan
    heading = np.arctan2(body[:, 1], body[:, 0])
    told = np.isfinite(heading)
    heading[told] = np.unwrap(heading[told])
    heading = bridge(heading, longest)
    heading = np.arctan2(np.sin(heading), np.cos(heading))
    middle = known[:, skeleton.index(skeleton.center)] if skeleton.center else (tail + head) / 2
    center = bridge(middle, longest)
    return geometry.to_crop(positions, center, heading, size), center, heading
