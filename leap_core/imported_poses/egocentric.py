"""Turning camera coordinates frame by frame so that the animal's head points to +x."""

from __future__ import annotations

import numpy as np

from leap_core import geometry
from leap_core.skeleton import Skeleton
from leap_core.timeseries import bridged


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
    heading = bridged(heading, longest, ends=True)
    heading = np.arctan2(np.sin(heading), np.cos(heading))
    middle = known[:, skeleton.index(skeleton.center)] if skeleton.center else (tail + head) / 2
    center = bridged(middle, longest, ends=True)
    return geometry.to_crop(positions, center, heading, size), center, heading
