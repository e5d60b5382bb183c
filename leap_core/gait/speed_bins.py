"""Bins of forward speed that suit the animal: the paper's for flies, others for others."""

from __future__ import annotations

import math

import numpy as np

PAPER = (2.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 35.0)  # mm/s (paper: Figure 3c)
SLOWEST, FASTEST = 3.5, 50.0  # mm/s: an animal whose fastest steps lie between has the paper's
FAST = 0.99  # quantile that stands for the fastest: a few wrong tracks shall not stretch the bins


def scale(speeds: np.ndarray) -> float:
    """How many times wider than the paper's an animal's speed bins are: 1 for a fly.

    With v the 99th percentile of the speeds: 1 where v is 3.5 to 50 mm/s (the published curves of
    flies end at 49); else the smallest of 1, 2 or 5 times a power of ten with which v lies within
    the paper's bins.

    Args:
        speeds: (n,) mm/s, such as the mean speed of every step; NaN = unknown.

    >>> scale([4.0, 20.0, 33.0]), scale([80.0, 150.0, 300.0]), scale([0.3, 1.2])
    (1.0, 10.0, 0.05)
    """
    known = np.asarray(speeds, float)
    known = known[np.isfinite(known) & (known > 0)]
    if not len(known):
        return 1.0
    fast = float(np.quantile(known, FAST))
    if SLOWEST <= fast <= FASTEST:
        return 1.0
    power = math.floor(math.log10(fast / PAPER[-1]))
    steps = [float(f"{digit}e{power}") for digit in (1, 2, 5, 10)]
    return next(step for step in steps if fast <= PAPER[-1] * step)


def edges(speeds: np.ndarray) -> tuple[float, ...]:
    """Edges of the bins, mm/s: the paper's times :func:`scale`.

    >>> edges([150.0, 300.0])
    (20.0, 50.0, 100.0, 150.0, 200.0, 250.0, 300.0, 350.0)
    """
    wide = scale(speeds)
    return tuple(float(f"{edge * wide:.6g}") for edge in PAPER)
