"""An interrupted training on disk, so that it goes on after its last epoch with the same bits."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from leap_core import hdf5
from leap_core.errors import UserError

FORMAT = "leap-checkpoint/1"
PLATEAU_EPOCHS, PLATEAU_FACTOR, PLATEAU_DELTA = 3, 0.1, 1e-5
_ARRAYS = ("weights", "optimizer", "best_weights")


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


@dataclass
class State:
    """All that a training needs to go on.

    Attributes:
        plateau: the learning-rate schedule.
        rng: state of the generator that draws batches and augmentations.
        epoch: epochs that are done.
        history: one row per epoch: epoch, loss, validation loss, learning rate.
        best_loss, best_epoch, best_weights: lowest validation loss so far; inf, 0 and no arrays
            before there was one.
        weights, optimizer: variables of the network and of Adam.
    """

    plateau: Plateau
    rng: dict[str, Any]
    epoch: int = 0
    history: list[tuple[int, float, float, float]] = field(default_factory=list)
    best_loss: float = math.inf
    best_epoch: int = 0
    weights: list[np.ndarray] = field(default_factory=list)
    optimizer: list[np.ndarray] = field(default_factory=list)
    best_weights: list[np.ndarray] = field(default_factory=list)


def write(path: str | Path, state: State, identity: dict[str, Any]) -> None:
    """Write a checkpoint atomically.

    Args:
        identity: what the training depends on (plain builtins); :func:`read` wants the same.
    """
    facts = asdict(state)
    with hdf5.create(path, FORMAT) as file:
        for name in _ARRAYS:
            group = file.create_group(name)
            for k, values in enumerate(facts.pop(name)):
                group.create_dataset(f"{k:04d}", data=values, track_times=False)
        file.attrs["state"] = json.dumps(facts)
        file.attrs["identity"] = json.dumps(identity)


def read(path: str | Path, identity: dict[str, Any]) -> tuple[State | None, str]:
    """The checkpoint at ``path``, or None with the reason why it is of no use.

    The reason is empty when there is none.
    """
    if not Path(path).exists():
        return None, ""
    try:
        with hdf5.opened(path, FORMAT) as file:
            other = json.loads(file.attrs["identity"])
            facts = json.loads(file.attrs["state"])
            for name in _ARRAYS:
                facts[name] = [file[name][k][()] for k in sorted(file[name])]
    except (UserError, OSError, KeyError, ValueError) as error:
        return None, f"it cannot be read ({error})"
    differing = [key for key in identity if other.get(key) != identity[key]]
    if differing:
        return None, f"it is of another training: other {', '.join(differing)}"
    facts["plateau"] = Plateau(**facts["plateau"])
    facts["history"] = [tuple(row) for row in facts["history"]]
    return State(**facts), ""
