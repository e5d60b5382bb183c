"""An interrupted training on disk, so that it goes on after its last epoch with the same bits."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from leap_core import threads
from leap_core.errors import UserError
from leap_core.io import hdf5
from leap_core.pose.schedule import Plateau

FORMAT = "leap-checkpoint/1"
_ARRAYS = ("weights", "optimizer", "means")  # of State.arrays


@dataclass
class State:
    """All that a training needs to go on.

    Attributes:
        plateau: the learning-rate schedule.
        epoch: epochs that are done.
        history: one row per epoch: epoch, loss, validation loss, learning rate.
        best_loss, best_epoch, best_weights: lowest validation loss so far; inf, 0 and no arrays
            before there was one.
        arrays: all that changes in the network and its optimizer
            (:meth:`leap_core.pose.training_step.Learner.arrays`).
        cores: processor cores of the process that trained.
    """

    plateau: Plateau = field(default_factory=lambda: Plateau(math.nan))
    epoch: int = 0
    history: list[tuple[int, float, float, float]] = field(default_factory=list)
    best_loss: float = math.inf
    best_epoch: int = 0
    arrays: dict[str, list[np.ndarray]] = field(default_factory=dict)
    best_weights: list[np.ndarray] = field(default_factory=list)
    cores: int = field(default_factory=threads.cores)


def write(path: str | Path, state: State, identity: dict[str, Any]) -> None:
    """Write a checkpoint atomically.

    Args:
        identity: what the training depends on (plain builtins); :func:`read` wants the same.
    """
    facts = asdict(state)
    arrays = facts.pop("arrays") | {"best_weights": facts.pop("best_weights")}
    with hdf5.create(path, FORMAT) as file:
        for name, many in arrays.items():
            group = file.create_group(name)
            for k, values in enumerate(many):
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
            arrays = {
                name: [file[name][k][()] for k in sorted(file[name])]
                for name in (*_ARRAYS, "best_weights")
            }
    except (UserError, OSError, KeyError, ValueError) as error:
        return None, f"it cannot be read ({error})"
    differing = [key for key in identity if other.get(key) != identity[key]]
    if differing:
        return None, f"it is of another training: other {', '.join(differing)}"
    facts |= {"best_weights": arrays.pop("best_weights"), "arrays": arrays}
    facts["plateau"] = Plateau(**facts["plateau"])
    facts["history"] = [tuple(row) for row in facts["history"]]
    return State(**facts), ""
