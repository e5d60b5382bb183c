"""Poses as movement stores its own data sets: a netCDF-4 file, all animals in one.

``xarray.open_dataset`` gives what ``movement.io.load_poses`` would: ``position`` (time, space,
keypoint, individual) and ``confidence`` (time, keypoint, individual), names as coordinates.  The
names of the dimensions are singular, as since movement 0.17.  movement does not say where pixels
count from; here the middle of the first one is (0, 0), which attribute ``reference_frame`` tells.

Equal poses give equal bytes.  That costs the order in which HDF5 could list what lies in the
file: it keeps such an order only together with the time of writing.
"""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from leap_core.export.contents import PoseSet
from leap_core.io import atomic, full_disk

DIMENSIONS = ("time", "space", "keypoint", "individual")
SOFTWARE = "leap-pipeline"
PACKED = {"compression": "gzip", "shuffle": True, "fillvalue": np.float32("nan")}


def write_poses(poses: PoseSet, path: Path) -> list[str]:
    """Write the poses of one video's animals; returns what the format could not hold.

    Time is in seconds from the first frame of the video, in frames where the rate is unknown.
    Positions keep their unit, which attribute ``units`` of ``position`` names; NaN stays.

    Raises:
        UserError: the file cannot be written.
    """
    import h5netcdf

    frames, _, _, axes = poses.positions.shape
    timed = bool(np.isfinite(poses.fps))
    coordinates = {
        "time": np.arange(frames) / poses.fps if timed else np.arange(frames),
        "space": np.array(["x", "y", "z"][:axes], object),
        "keypoint": np.array(poses.skeleton.parts, object),
        "individual": np.array(poses.animals, object),
    }
    about: dict[str, str | float] = {
        "ds_type": "poses",
        "source_software": SOFTWARE,
        "time_unit": "seconds" if timed else "frames",
        "reference_frame": f"{poses.reference}; the middle of the first pixel is (0, 0)",
        "video": poses.name,
    }
    if timed:
        about["fps"] = float(poses.fps)
    if poses.px_per_mm > 0:
        about["px_per_mm"] = float(poses.px_per_mm)
    arrays = {
        "position": (DIMENSIONS, poses.positions.transpose(0, 3, 2, 1)),
        "confidence": ((*DIMENSIONS[:1], *DIMENSIONS[2:]), poses.confidence.transpose(0, 2, 1)),
    }
    with (
        atomic.atomic_path(path) as temporary,
        full_disk.NewFile(temporary) as new,
        h5netcdf.File(new, "w") as file,
    ):
        file.attrs.update(about)
        for name, values in coordinates.items():
            file.dimensions[name] = len(values)
            kind = h5py.string_dtype() if values.dtype == object else values.dtype
            file.create_variable(name, (name,), kind, data=values)
        for name, (dimensions, array) in arrays.items():
            values = np.ascontiguousarray(array, np.float32)
            file.create_variable(name, dimensions, np.float32, data=values, **PACKED)
        file["position"].attrs["units"] = poses.units
    if poses.skeleton.edges or poses.skeleton.pairs:
        return ["edges and mirror partners are not kept: movement has no skeletons"]
    return []
