"""How the learning rate changes during a training."""

from __future__ import annotations

import math
from dataclasses import dataclass

PLATEAU_EPOCHS, PLATEAU_FACTOR, PLATEAU_DELTA = 3, 0.1, 1e-5


@dataclass
class Plateau:
    """Learning rate x 0.1 when the loss has not improved by 1e-5 for 3 epochs (paper)."""

    rate: float
    best: float = math.inf
    waited: int = 0

    def after_epoch(self, loss: float) -> None:
        """Take the epoch's validation loss into account."""
        if loss < self.best - PLATEAU_DELTA:
            self.best, self.waited = loss, 0
            return
        self.waited += 1
        if self.waited >= PLATEAU_EPOCHS:
            self.rate, self.waited = self.rate * PLATEAU_FACTOR, 0


def cosine(rate: float, step: int, steps: int) -> float:
    """Learning rate that falls from ``rate`` to zero over ``steps`` along half a cosine."""
    return rate * 0.5 * (1 + math.cos(math.pi * step / steps))


def warmup(step: int, steps: float) -> float:
    """Factor of the rate in batch ``step`` (0-based): rises evenly and is 1 after ``steps``."""
    return min(1.0, (step + 1) / max(steps, 1.0))
