"""What a command checks before it starts: its targets and its numbers."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from pathlib import Path

from leap_core.errors import UserError
from leap_core.io import atomic

Paths = Iterable[str | os.PathLike | None]


def check_targets(outputs: Paths, inputs: Paths) -> None:
    """Refuse bad targets before anything is computed; leaves nothing behind.

    Raises:
        UserError: an output is an input, or cannot be written.
    """
    outputs = list(outputs)
    refuse_own_input(outputs, inputs)
    atomic.check_writable(path for path in outputs if path)


def model_files(model: Path) -> tuple[Path, Path]:
    """A trained network and its description: what a command reads that is given the first."""
    return model, model.with_suffix(".json")


def refuse_own_input(outputs: Paths, inputs: Paths) -> None:
    """Refuse to write over what is read, however the two paths are spelled.

    Args:
        outputs, inputs: files, followed through links and ``..``; None and "" are skipped.

    Raises:
        UserError: names the first output that is an input.
    """
    read = {os.path.realpath(path) for path in inputs if path}
    for path in outputs:
        if path and os.path.realpath(path) in read:
            raise UserError(f"{path}: would replace its own input; choose another --output")


def remove_stale(candidates: Iterable[Path], keep: Paths) -> list[Path]:
    """Remove files that an earlier run wrote and this one did not; returns them.

    Args:
        candidates: names that the command itself writes, in other runs.
        keep: inputs and outputs of this run, which stay.

    Raises:
        UserError: one cannot be removed.
    """
    kept = {os.path.realpath(path) for path in keep if path}
    stale = [p for p in candidates if p.is_file() and os.path.realpath(p) not in kept]
    for path in stale:
        try:
            path.unlink()
        except OSError as error:
            raise UserError(
                f"{path}: is of an earlier run and cannot be removed ({error.strerror}); remove it"
            ) from error
    return stale


def check_positive(**values: float | None) -> None:
    """Refuse options that are given, but not as a finite number above 0.

    Raises:
        UserError: names the first, as it is typed.
    """
    for name, value in values.items():
        if value is not None and not (math.isfinite(value) and value > 0):
            option = "--" + name.replace("_", "-")
            raise UserError(f"{option}: expected a number above 0, got {value:g}; correct it")
