"""Poses as movement's netCDF, read as xarray reads it: dimensions, coordinates, attributes."""

import os
import subprocess
import sys
from dataclasses import replace

import h5netcdf
import numpy as np
import pytest
from fixtures.export import ANIMALS, FPS, FRAMES, THREE, alone, poses

from leap_core.export import movement


def read(path):
    """Name -> (dimensions, values) of all variables; the attributes.

    Names of coordinates must be those of their dimensions, or xarray takes them for data.
    """
    with h5netcdf.File(path, "r", decode_vlen_strings=True) as file:
        found = {name: (each.dimensions, each[...]) for name, each in file.variables.items()}
        attributes = {name: file.attrs[name] for name in file.attrs}
        coordinates = {name for name, (dims, _) in found.items() if dims == (name,)}
        assert coordinates == set(file.dimensions)
    return found, attributes


def test_layout_and_values(tmp_path):
    """What movement 0.17 asks of a data set of poses, in the order of its axes."""
    wanted = poses()
    (line,) = movement.write_poses(wanted, tmp_path / "film.nc")
    assert "mirror partners are not kept" in line
    found, attributes = read(tmp_path / "film.nc")
    dims, position = found["position"]
    assert dims == ("time", "space", "keypoint", "individual")
    assert position.shape == (FRAMES, 2, 3, 2)
    for a in range(2):
        for p in range(3):
            np.testing.assert_allclose(
                position[:, :, p, a], wanted.positions[:, a, p], atol=1e-4, err_msg=f"{a} {p}"
            )
    dims, confidence = found["confidence"]
    assert dims == ("time", "keypoint", "individual")
    np.testing.assert_allclose(confidence[:, 1, 0], wanted.confidence[:, 0, 1], atol=1e-6)
    assert np.isnan(position[5, :, :, 0]).all() and np.isnan(confidence[2, 1, 0])
    assert list(found["space"][1]) == ["x", "y"]
    assert tuple(found["keypoint"][1]) == THREE.parts
    assert tuple(found["individual"][1]) == ANIMALS
    np.testing.assert_allclose(found["time"][1], np.arange(FRAMES) / FPS)
    assert attributes["fps"] == FPS
    assert (attributes["ds_type"], attributes["time_unit"]) == ("poses", "seconds")
    assert attributes["source_software"] == "leap-pipeline"
    assert "first pixel is (0, 0)" in attributes["reference_frame"]


@pytest.mark.parametrize(("reference", "units"), [("egocentric", "px"), ("video mm", "mm")])
def test_three_axes_and_their_unit(tmp_path, reference, units):
    flat = alone()
    deep = np.concatenate([flat.positions, flat.positions[..., :1] + 1], -1)
    movement.write_poses(replace(flat, positions=deep, reference=reference), tmp_path / "film.nc")
    found, attributes = read(tmp_path / "film.nc")
    assert list(found["space"][1]) == ["x", "y", "z"]
    np.testing.assert_allclose(
        found["position"][1][..., 0], deep[:, 0].transpose(0, 2, 1), atol=1e-4
    )
    assert attributes["reference_frame"].startswith(reference)
    with h5netcdf.File(tmp_path / "film.nc", "r") as file:
        assert file["position"].attrs["units"] == units


def test_frames_where_the_rate_is_unknown(tmp_path):
    movement.write_poses(alone(fps=float("nan")), tmp_path / "film.nc")
    found, attributes = read(tmp_path / "film.nc")
    assert attributes["time_unit"] == "frames" and "fps" not in attributes
    assert found["time"][1].dtype.kind == "i" and found["time"][1].tolist() == list(range(FRAMES))


AGAIN = """
import sys
from pathlib import Path
from leap_core.export import movement
from fixtures.export import poses
movement.write_poses(poses(), Path(sys.argv[1]))
"""


def test_equal_poses_are_equal_bytes(tmp_path, root):
    """Also a second later: HDF5 keeps times of writing in whole seconds."""
    path = tmp_path / "film.nc"
    movement.write_poses(poses(), path)
    first = path.read_bytes()
    environment = os.environ | {"PYTHONHASHSEED": "1", "PYTHONPATH": f"{root}:{root / 'tests'}"}
    code = f"import time; time.sleep(1)\n{AGAIN}"
    subprocess.run([sys.executable, "-c", code, path], check=True, env=environment)
    assert path.read_bytes() == first
