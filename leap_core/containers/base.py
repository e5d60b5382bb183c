"""What every file kind shares: declared datasets, reading, writing, shape checks.

A kind is a frozen dataclass whose array fields are declared by :func:`array` and whose
attributes by :func:`attribute` (see :mod:`leap_core.containers`).
"""

from __future__ import annotations

import json
from dataclasses import MISSING, Field, field, fields
from pathlib import Path
from typing import Any, ClassVar, Self

import h5py
import numpy as np

from leap_core import skeleton
from leap_core.errors import UserError
from leap_core.io import hdf5, untrusted
from leap_core.skeleton import Skeleton

NAN = float("nan")


def array(*dims: str, units: str = "", dtype: Any = "f4", doc: str = "", optional: bool = False):
    """Declare a dataset: its axes, units, stored type and meaning."""
    meta = {"dims": dims, "units": units, "dtype": dtype, "doc": doc, "optional": optional}
    return field(default=None, metadata=meta) if optional else field(metadata=meta)


def attribute(default: Any, doc: str):
    """Declare a scalar or JSON attribute of the file."""
    if isinstance(default, (dict, list)):
        return field(default_factory=lambda: type(default)(default), metadata={"attr": doc})
    return field(default=default, metadata={"attr": doc})


class Container:
    """Reading and writing shared by every file kind (see the subclasses for the contents)."""

    FORMAT: ClassVar[str]
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]  # every kind is a dataclass

    def __post_init__(self) -> None:
        sizes: dict[str, tuple[int, str]] = {}
        for item in arrays(type(self)):
            values = getattr(self, item.name)
            if values is None:
                continue
            dtype = item.metadata["dtype"]
            values = np.asarray(values) if dtype is str else np.asarray(values, dtype=dtype)
            object.__setattr__(self, item.name, values)
            dims = item.metadata["dims"]
            if values.ndim != len(dims):
                raise ValueError(
                    f"{self.FORMAT} {item.name}: expected axes {dims}, got shape {values.shape}"
                )
            for axis, size in zip(dims, values.shape, strict=True):
                known, owner = sizes.setdefault(axis, (size, item.name))
                if known != size:
                    raise ValueError(
                        f"{self.FORMAT} {item.name}: axis {axis!r} has {size} entries, "
                        f"{owner} has {known}"
                    )

    def write(self, path: str | Path, provenance: dict | None = None) -> None:
        """Write the file atomically, with ``provenance`` as one JSON attribute."""
        with hdf5.create(path, self.FORMAT) as file:
            write_attributes(file, self, provenance)
            for item in arrays(type(self)):
                values = getattr(self, item.name)
                if values is not None:
                    hdf5.put(file, item.name, values, item.metadata["dims"], item.metadata["units"])

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """Read the whole file.

        Raises:
            UserError: missing file, other format, a missing dataset, or another type or shape
                than declared.
        """
        with hdf5.taken_apart(path, cls.FORMAT) as file:
            untrusted.check_sizes(file, path)
            values = read_attributes(file, cls)
            for item in arrays(cls):
                if item.name in file:
                    values[item.name] = stored(file[item.name], item.metadata["dtype"])
                elif not item.metadata["optional"]:
                    raise UserError(f"{path}: dataset {item.name!r} is missing; make it again")
            if "skeleton" in cls.__dataclass_fields__ and "skeleton" not in values:
                raise UserError(f"{path}: attribute 'skeleton' is missing; make it again")
            return cls(**values)


def stored(dataset: h5py.Dataset, declared: Any) -> np.ndarray:
    """The values of a dataset; TypeError where they are no such thing as declared."""
    text = h5py.check_string_dtype(dataset.dtype) is not None
    fits = declared is str if text else declared is not str
    if not text and declared is not str:
        fits = np.can_cast(dataset.dtype, np.dtype(declared), "same_kind")
    if not fits or dataset.shape is None:
        raise TypeError(f"{dataset.name} holds {dataset.dtype} {dataset.shape}")
    return np.asarray(dataset.asstr()[()], dtype=str) if text else dataset[()]


def arrays(cls: type) -> list:
    """The declared array fields of a kind."""
    return [f for f in fields(cls) if "dims" in f.metadata]


def write_attributes(file: h5py.File, value: Any, provenance: dict | None) -> None:
    """Store the attribute fields of a container (JSON for mappings, NaN for unknown numbers)."""
    for item in fields(type(value)):
        if "attr" not in item.metadata:
            continue
        attr = getattr(value, item.name)
        if isinstance(attr, Skeleton):
            attr = attr.to_json()
        elif isinstance(attr, (dict, list, tuple)):
            attr = json.dumps(attr, sort_keys=True)
        if attr is not None:
            file.attrs[item.name] = attr
    file.attrs["provenance"] = json.dumps(provenance or {}, sort_keys=True)


def read_attributes(file: h5py.File, cls: type) -> dict[str, Any]:
    """The attribute fields of a container as keyword arguments."""
    values: dict[str, Any] = {}
    for item in fields(cls):
        if "attr" not in item.metadata or item.name not in file.attrs:
            continue
        attr = file.attrs[item.name]
        if item.name == "skeleton":
            attr = skeleton.from_json(attr, file.filename)
        elif isinstance(attr, str) and attr.startswith(("[", "{")):
            attr = json.loads(attr)
        elif isinstance(attr, np.generic):
            attr = attr.item()
        factory = item.default_factory
        declared = item.default if factory is MISSING else factory()
        kind = Skeleton if item.name == "skeleton" else type(declared)
        if not isinstance(attr, int | float if kind is float else kind):
            raise TypeError(f"attribute {item.name} is {str(attr)[:40]!r}")
        values[item.name] = attr
    return values
