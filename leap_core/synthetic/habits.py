"""What an animal does next: a semi-Markov chain of bouts in which nothing is forgotten for long."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Habits:
    """How an animal spends its time.

    Attributes:
        share: (behavior,) of the time, adding up to 1; patience: s after which a behavior that
            was not shown is e times as likely.
        mean: (behavior,) s, length of a bout; limits: (behavior, 2) s, its shortest and longest.
        follows: (behavior, behavior) odds of the next one.
    """

    share: np.ndarray
    patience: float
    mean: np.ndarray
    limits: np.ndarray
    follows: np.ndarray


def sequence(frames: int, habits: Habits, fps: float, rng: np.random.Generator) -> np.ndarray:
    """(frame,) behavior, in bouts whose lengths are gamma-distributed.

    The first bouts are one round through all behaviors, so that short videos show many of them.
    Later the odds of a behavior rise while it is not shown: the animal comes back to everything.
    """
    count = len(habits.share)
    out = np.empty(frames, dtype=np.int8)
    shown = np.zeros(count)
    start, state = 0, int(rng.integers(count))
    while start < frames:
        low, high = habits.limits[state]
        length = min(low + rng.gamma(2.0, max(habits.mean[state] - low, 0.1) / 2.0), high)
        stop = start + round(length * fps)
        out[start:stop] = state
        shown[state] += length
        start = stop
        odds = habits.follows[state] * np.exp(
            (habits.share * shown.sum() - shown) / habits.patience
        )
        if (shown == 0).any():
            odds = (shown == 0) * (odds + 1e-9)
        state = int(rng.choice(count, p=odds / odds.sum()))
    return out
