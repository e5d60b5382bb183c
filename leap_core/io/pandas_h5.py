"""Tables that pandas wrote to HDF5, read without PyTables and without running their code."""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any

import h5py

from leap_core.errors import UserError


def levels(group: h5py.Group, axis: str) -> list[tuple[str, ...]]:
    """A pandas index or multi-index as tuples."""
    if axis in group:
        return [(decode(value),) for value in group[axis][()]]
    levels = sorted(k for k in group if k.startswith(f"{axis}_level"))
    values = [[decode(v) for v in group[k][()]] for k in levels]
    codes = [group[k.replace("_level", "_label")][()] for k in levels]
    return [
        tuple(v[c] for v, c in zip(values, row, strict=True)) for row in zip(*codes, strict=True)
    ]


def decode(value: Any) -> str:
    """Text of a stored string."""
    return value.decode() if isinstance(value, bytes) else str(value)


class _PlainUnpickler(pickle.Unpickler):
    """Lists, tuples and text only: a data file must not be able to run code."""

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed")


def plain(path: Path, value: Any) -> Any:
    """A pickled attribute of lists, tuples and text; UserError for anything else."""
    data = value.encode("latin-1") if isinstance(value, str) else bytes(value)
    try:
        return _PlainUnpickler(io.BytesIO(data)).load()
    except (pickle.UnpicklingError, EOFError, ValueError) as error:
        raise UserError(
            f"{path}: unreadable column names ({error}); use the CSV beside it"
        ) from error
