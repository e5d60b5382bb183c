"""``trajectories.h5`` and ``trajectories.csv`` of idtracker.ai: middles of animals, no headings."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from leap_core.errors import UserError
from leap_core.formats import sheets
from leap_core.formats.raw_labels import HDF5_SIGNATURE, Head
from leap_core.formats.raw_poses import NAN
from leap_core.formats.raw_tracks import RawTrack
from leap_core.io.untrusted import open_hdf5, reading

_REMEDY = "export it again from idtracker.ai as .h5 or .csv"
_PICKLE = b"\x93NUMPY"


def recognizes(head: Head) -> bool:
    """Files of idtracker.ai; also its ``.npy``, which is refused when it is read."""
    if head.start.startswith(HDF5_SIGNATURE):
        return "trajectories" in head.keys
    line = sheets.start(head.start).split(b"\n")[0]
    return head.start.startswith(_PICKLE) or bool(re.match(rb'(\w+"?[,;]"?)?x1"?[,;]"?y1\b', line))


def read_track(path: Path) -> RawTrack:
    """All animals, a row for each frame of the video.

    Raises:
        UserError: a pickle, or no places (frame, animal, xy).
    """
    with path.open("rb") as file:
        start = file.read(len(HDF5_SIGNATURE))
    if start.startswith(_PICKLE):
        raise UserError(
            f"{path}: a .npy of idtracker.ai holds Python objects, which could run code and are "
            "not read; name trajectories.h5, or trajectories.csv of the folder trajectories_csv"
        )
    places = _from_hdf5(path) if start == HDF5_SIGNATURE else _from_csv(path)
    if places.ndim != 3 or places.shape[2] != 2 or not len(places):
        raise UserError(
            f"{path}: trajectories are of {places.shape}, not (frame, animal, xy); {_REMEDY}"
        )
    places = places.astype(float)
    places[~np.isfinite(places).all(-1)] = NAN
    names = tuple(str(k + 1) for k in range(places.shape[1]))
    return RawTrack(places.transpose(1, 0, 2), names=names)


def _from_hdf5(path: Path) -> np.ndarray:
    with open_hdf5(path, "file of idtracker.ai", _REMEDY) as file:
        dataset = file["trajectories"]
        if dataset.dtype.kind not in "iuf":
            raise UserError(f"{path}: trajectories are {dataset.dtype}, no numbers; {_REMEDY}")
        return dataset[()]


def _from_csv(path: Path) -> np.ndarray:
    import pandas as pd  # slow to import

    head = sheets.read(path, 1)
    with reading(path, "table of idtracker.ai", _REMEDY):
        table = pd.read_csv(path, sep=head.separator, encoding="utf-8-sig")
        table.columns = [str(name).strip().lower() for name in table.columns]
        count = sum(re.fullmatch(r"x\d+", name) is not None for name in table.columns)
        wanted = [f"{axis}{k}" for k in range(1, count + 1) for axis in "xy"]
        values = table[wanted].to_numpy(float)
    return values.reshape(len(table), count, 2)
