"""Ctrax's own ``.mat``: the targets of all frames in one row, frame after frame.

Pixels are counted from 0, in known files from the image's bottom; ``angle`` follows y.
"""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from leap_core.errors import UserError
from leap_core.formats import matlab, raw_tracks
from leap_core.formats.raw_labels import Head
from leap_core.formats.raw_poses import NAN
from leap_core.formats.raw_tracks import RawTrack
from leap_core.io.untrusted import open_hdf5

_REMEDY = "write it again with Ctrax"
_TARGETS = ("x_pos", "y_pos", "angle", "identity")


def recognizes(head: Head) -> bool:
    """MATLAB files, v5 or v7.3, that hold ``ntargets``."""
    return matlab.holds(head, "ntargets")


def read_track(path: Path) -> RawTrack:
    """Every identity, in the order of its number; what was one animal may have several.

    Raises:
        UserError: variables that are missing, no numbers, or do not fit together.
    """
    names = ("ntargets", *_TARGETS)
    if h5py.is_hdf5(path):
        with open_hdf5(path, "MATLAB file", _REMEDY) as file:
            found = {name: file[name][()] for name in names}
    else:
        found = {name: matlab.load(path, name, _REMEDY) for name in names}
    columns = {name: raw_tracks.numbers(path, name, values) for name, values in found.items()}
    counts = columns.pop("ntargets")
    whole = all(np.isfinite(v).all() and (v == np.round(v)).all() and (v >= 0).all()
                for v in (counts, columns["identity"]))  # fmt: skip
    if not whole or {len(values) for values in columns.values()} != {int(counts.sum())}:
        raise UserError(f"{path}: `ntargets` and the targets do not fit together; {_REMEDY}")
    numbers, who = np.unique(columns["identity"], return_inverse=True)
    if len(numbers) * len(counts) > 1000 * len(who) + (1 << 20):
        raise UserError(f"{path}: {len(numbers)} identities have {len(who)} places; {_REMEDY}")
    frame = np.repeat(np.arange(len(counts)), counts.astype(int))
    laid = {name: np.full((len(numbers), len(counts)), NAN) for name in _TARGETS[:3]}
    for name, values in laid.items():
        values[who, frame] = columns[name]
    return RawTrack(
        centroid=np.stack([laid["x_pos"], laid["y_pos"]], -1),
        heading=laid["angle"],
        names=tuple(f"{number:.0f}" for number in numbers),
        y="up",
    )
