"""Stretches of frames in which something holds."""

from __future__ import annotations

import numpy as np


def runs(mask: np.ndarray) -> np.ndarray:
    """Start and stop of every stretch of True, as rows (start, stop).

    >>> runs(np.array([0, 1, 1, 0, 1], bool)).tolist()
    [[1, 3], [4, 5]]
    >>> runs(np.ones(4, bool)).tolist(), runs(np.zeros(4, bool)).tolist()
    ([[0, 4]], [])
    """
    edge = np.diff(np.asarray(mask, np.int8), prepend=0, append=0)
    return np.flatnonzero(edge).reshape(-1, 2)
