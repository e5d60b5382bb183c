"""The two ways of filming: a fixed view of a small arena, or a box that follows the fly."""

from __future__ import annotations

import numpy as np

from leap_core.io import atomic
from leap_core.synthetic.anatomy import FPS, PX_PER_MM
from leap_core.synthetic.path import wander

ARENA_SIDE = round(100.0 * PX_PER_MM)  # px across the arena in which a box follows the fly
_LAG = 0.004  # s
_JITTER = 0.8  # px
_SLACK = 2.0  # px, most jitter


def follow(position: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Corner (frame, xy) int, px, of a box that follows the body a little late, and shakes."""
    times = np.arange(len(position)) / FPS
    corner = np.empty(position.shape, dtype=int)
    for axis in range(2):
        late = np.interp(times - _LAG, times, position[:, axis])
        shake = np.clip(wander(len(position), _JITTER, 0.05, 1 / FPS, rng), -_SLACK, _SLACK)
        corner[:, axis] = np.rint(late + shake - (size - 1) / 2)
    return corner


def write(path, corner: np.ndarray) -> None:
    """Write a camera track: CSV with the columns frame, x, y (px in the arena)."""
    import pandas as pd

    table = pd.DataFrame({"frame": np.arange(len(corner)), "x": corner[:, 0], "y": corner[:, 1]})
    atomic.write_csv(path, table)
