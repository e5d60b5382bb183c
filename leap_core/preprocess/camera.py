"""Where a camera that follows the animal looked at each frame: a table beside the video."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from leap_core.errors import UserError
from leap_core.io import untrusted

COLUMNS = ("frame", "x", "y")


def read_camera(path: str | Path, frames: int) -> np.ndarray:
    """Read the camera track of one video.

    Args:
        path: CSV with the columns ``frame``, ``x``, ``y``, in any order and among others, or
            HDF5 with datasets of these names at its root.  Rows in any order.  ``x``, ``y`` are
            the place of the image's top-left pixel in the arena, px.
        frames: number of frames of the video, which are all to be named once.

    Returns:
        (frame, xy) float64 px.

    Raises:
        UserError: missing or unreadable file, missing columns, a value that is no number, or
            frames that are missing, named twice, or not of this video.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"{path}: no such camera track; check `camera_track` or set LEAP_DATA")
    with untrusted.reading(path, "camera track", "write columns frame,x,y"):
        columns = _from_hdf5(path) if h5py.is_hdf5(path) else _from_csv(path)
    if len({len(values) for values in columns.values()}) > 1:
        lengths = ", ".join(f"{name} {len(values)}" for name, values in columns.items())
        raise UserError(f"{path}: datasets differ in length ({lengths}); write one per frame")
    for name, values in columns.items():
        bad = np.flatnonzero(~np.isfinite(values))
        if len(bad):
            raise UserError(
                f"{path}: `{name}` of row {bad[0]} (from 0) is no number; write a number for "
                "every frame"
            )
    number = columns["frame"]
    order = np.argsort(number, kind="stable")
    number = number[order]
    alien = number[(number != np.round(number)) | (number < 0) | (number >= frames)]
    twice = number[1:][np.diff(number) == 0]
    absent = np.setdiff1d(np.arange(frames), number)
    remedy = f"name each frame from 0 to {frames - 1} once"
    if len(alien):
        raise UserError(f"{path}: frame {alien[0]:g} is none of the video's {frames}; {remedy}")
    if len(twice):
        raise UserError(f"{path}: frame {twice[0]:g} is named twice; {remedy}")
    if len(absent):
        raise UserError(
            f"{path}: frame {absent[0]} is missing ({len(absent)} of {frames} are); {remedy}"
        )
    return np.stack([columns["x"][order], columns["y"][order]], -1)


def _from_csv(path: Path) -> dict[str, np.ndarray]:
    import pandas as pd

    with untrusted.reading(path, "CSV", "write columns frame,x,y"):
        table = pd.read_csv(path, dtype=str, skipinitialspace=True, index_col=False)
    table.columns = [str(name).strip() for name in table.columns]
    _require(path, table.columns)
    twice = [name for name in COLUMNS if list(table.columns).count(name) > 1]
    if twice:
        raise UserError(f"{path}: column `{twice[0]}` stands there twice; remove one")
    return {name: pd.to_numeric(table[name], errors="coerce").to_numpy(float) for name in COLUMNS}


def _from_hdf5(path: Path) -> dict[str, np.ndarray]:
    with untrusted.open_hdf5(path, remedy="make it again or name another file") as file:
        _require(path, [name for name in file if isinstance(file[name], h5py.Dataset)])
        columns = {}
        for name in COLUMNS:
            values = file[name]
            if values.ndim != 1 or values.dtype.kind not in "iuf":
                raise UserError(
                    f"{path}: `{name}` is {values.dtype} {values.shape}; write one number per frame"
                )
            columns[name] = values[:].astype(float)
    return columns


def _require(path: Path, names) -> None:
    absent = [name for name in COLUMNS if name not in names]
    if absent:
        found = ", ".join(names) or "nothing"
        raise UserError(
            f"{path}: no `{absent[0]}` (found: {found}); a camera track has frame, x, y"
        )
