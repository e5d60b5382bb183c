"""``*-track.mat`` of FlyTracker: an array of flies, frames and fields.

Pixels are counted from 1 with y down; ``ori`` grows counterclockwise.
"""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from leap_core.errors import UserError
from leap_core.formats import matlab
from leap_core.formats.raw_labels import Head
from leap_core.formats.raw_tracks import RawTrack
from leap_core.io.untrusted import open_hdf5, reading

_REMEDY = "write it again with FlyTracker"
_FIELDS = ("pos x", "pos y", "ori")


def recognizes(head: Head) -> bool:
    """MATLAB files, v5 or v7.3, that hold ``trk``."""
    return matlab.holds(head, "trk")


def read_track(path: Path) -> RawTrack:
    """All flies, a row for each frame.

    Raises:
        UserError: ``names`` and ``data`` that are missing or do not fit together.
    """
    with reading(path, "track of FlyTracker", _REMEDY):
        names, data = _v73(path) if h5py.is_hdf5(path) else _v5(path)
    absent = [name for name in _FIELDS if name not in names]
    if absent:
        raise UserError(f"{path}: `trk.names` has no {absent[0]!r}; {_REMEDY}")
    if data.ndim == 2:  # the axis of a single fly is gone
        data = data[None]
    if data.ndim != 3 or data.shape[2] != len(names) or data.dtype.kind not in "iuf":
        raise UserError(
            f"{path}: `trk.data` is {data.dtype} {data.shape}, not (fly, frame, {len(names)} "
            f"fields); {_REMEDY}"
        )
    x, y, angle = (data[..., names.index(name)].astype(float) for name in _FIELDS)
    return RawTrack(
        centroid=np.stack([x, y], -1),
        first=1,
        heading=angle,
        names=tuple(str(k + 1) for k in range(len(data))),
        counts_from=1,
        angle="counterclockwise",
    )


def _v5(path: Path) -> tuple[list[str], np.ndarray]:
    content = matlab.load(path, "trk", _REMEDY)
    return [str(name) for name in np.atleast_1d(content.names)], np.asarray(content.data)


def _v73(path: Path) -> tuple[list[str], np.ndarray]:
    with open_hdf5(path, "MATLAB file", _REMEDY) as file:
        group = file["trk"]
        names = [matlab.text(file[place]) for place in np.ravel(group["names"][()])]
        # MATLAB stores axes in reverse order
        return names, group["data"][()].T
