"""``trx.mat`` of JAABA, Ctrax and FlyTracker: one structure for each animal.

Pixels and frames are counted from 1, y goes down, ``theta`` is in radians as seen in the image.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np

from leap_core.errors import UserError
from leap_core.formats import matlab, raw_tracks
from leap_core.formats.raw_labels import Head
from leap_core.formats.raw_tracks import RawTrack
from leap_core.io.untrusted import open_hdf5

_FIELDS = ("x", "y", "theta", "firstframe")
_REMEDY = "write it again with JAABA, Ctrax or FlyTracker"


def recognizes(head: Head) -> bool:
    """MATLAB files, v5 or v7.3, that hold ``trx``."""
    return matlab.holds(head, "trx")


def read_track(path: Path) -> RawTrack:
    """All animals of the file, in its order.

    Raises:
        UserError: fields that are missing, no numbers, or do not fit together.
    """
    animals = _v73(path) if h5py.is_hdf5(path) else _v5(path)
    if not animals:
        raise UserError(f"{path}: `trx` holds no animals; {_REMEDY}")
    first: list[int] = []
    columns: dict[str, list[np.ndarray]] = {name: [] for name in ("x", "y", "theta")}
    for k, animal in enumerate(animals):
        for name in _FIELDS:
            if name not in animal:
                raise UserError(f"{path}: animal {k} of `trx` has no `{name}`; {_REMEDY}")
        for name, values in columns.items():
            values.append(raw_tracks.numbers(path, f"trx.{name}", animal[name]))
        first.append(raw_tracks.whole_number(path, "trx.firstframe", animal["firstframe"]))
    start, laid = raw_tracks.laid_out(path, first, columns)
    known = np.nan_to_num(laid["theta"]).any()
    return RawTrack(
        centroid=np.stack([laid["x"], laid["y"]], -1),
        first=start,
        heading=laid["theta"] if known else None,
        names=tuple(str(k) for k in range(len(animals))),
        counts_from=1,
        angle="clockwise",
        notes=() if known else (f"{path}: theta is 0 throughout and not used",),
    )


def _v5(path: Path) -> list[dict[str, Any]]:
    content = matlab.load(path, "trx", _REMEDY)
    # one animal comes alone, and its fields of one frame as numbers
    return [
        {name: getattr(animal, name) for name in _FIELDS if hasattr(animal, name)}
        for animal in np.atleast_1d(content)
    ]


def _v73(path: Path) -> list[dict[str, Any]]:
    """One animal's fields are datasets, those of several are references to them."""
    with open_hdf5(path, "MATLAB file", _REMEDY) as file:
        fields = {name: file["trx"][name] for name in _FIELDS if name in file["trx"]}
        several = {name for name, item in fields.items() if item.dtype == h5py.ref_dtype}
        if not several:
            return [{name: item[()] for name, item in fields.items()}]
        counts = {fields[name].size for name in several}
        if len(several) < len(fields) or len(counts) > 1:
            raise UserError(f"{path}: fields of `trx` do not fit together; {_REMEDY}")
        references = {name: np.ravel(item[()]) for name, item in fields.items()}
        return [
            {name: file[values[k]][()] for name, values in references.items()}
            for k in range(counts.pop())
        ]
