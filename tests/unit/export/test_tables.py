"""Long tables hold every number, in blocks or whole, as CSV and as Parquet."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from fixtures import export as made
from fixtures.labels import fails
from pyarrow import parquet

from leap_core.containers import Behavior, Gait, Track
from leap_core.export import tables

READ = {".csv": pd.read_csv, ".parquet": pd.read_parquet}


@pytest.fixture(params=[".csv", ".parquet"])
def path(request, tmp_path):
    return tmp_path / f"table{request.param}"


def read(path):
    return READ[path.suffix](path)


def test_poses_come_back_from_the_table(path, monkeypatch):
    poses = made.poses()
    assert tables.write_poses(poses, path) == []
    whole = path.read_bytes()
    table = read(path)
    assert list(table) == [
        *("recording", "frame", "time_s", "part", "x_video_px", "y_video_px", "confidence")
    ]
    assert len(table) == made.FRAMES * 2 * 3
    for animal, name in enumerate(made.ANIMALS):
        for part, called in enumerate(made.THREE.parts):
            rows = table[(table["recording"] == name) & (table["part"] == called)]
            np.testing.assert_array_equal(rows["frame"], np.arange(made.FRAMES))
            np.testing.assert_allclose(rows["time_s"], np.arange(made.FRAMES) / made.FPS)
            np.testing.assert_allclose(
                rows[["x_video_px", "y_video_px"]], poses.positions[:, animal, part]
            )
            np.testing.assert_allclose(rows["confidence"], poses.confidence[:, animal, part])
    tables.write_poses(poses, path)
    assert path.read_bytes() == whole
    monkeypatch.setattr(tables, "LINES", 7)  # two frames of three parts
    tables.write_poses(poses, path)
    pd.testing.assert_frame_equal(read(path), table)


def test_columns_tell_the_frame_of_reference(path):
    for reference, name in (
        ("egocentric", "x_egocentric_px"),
        ("egocentric mm", "x_egocentric_mm"),
        ("video mm", "x_video_mm"),
    ):
        tables.write_poses(made.poses(reference=reference), path)
        assert name in read(path)
    deep = np.zeros((made.FRAMES, 2, 3, 3))
    tables.write_poses(made.poses(positions=deep, reference="egocentric"), path)
    assert list(read(path))[4:7] == [f"{axis}_egocentric_px" for axis in "xyz"]


def test_unknown_rate_and_names_with_commas(path):
    odd = ('a "fly", two', "b")
    tables.write_poses(made.poses(fps=float("nan"), animals=odd), path)
    table = read(path)
    assert table["time_s"].isna().all() and set(table["recording"]) == set(odd)


def test_no_frame_is_a_heading(path):
    none = made.poses(positions=np.zeros((0, 2, 3, 2)), confidence=np.zeros((0, 2, 3)))
    tables.write_poses(none, path)
    assert len(read(path)) == 0 and list(read(path))[:2] == ["recording", "frame"]


def test_a_column_of_no_frame_has_its_kind(tmp_path):
    none = made.poses(positions=np.zeros((0, 2, 3, 2)), confidence=np.zeros((0, 2, 3)))
    tables.write_poses(none, tmp_path / "none.parquet")
    tables.write_poses(made.poses(), tmp_path / "some.parquet")
    kinds = [parquet.read_schema(tmp_path / f"{name}.parquet") for name in ("none", "some")]
    assert kinds[0].types == kinds[1].types


def test_a_name_in_capitals_is_the_same_format(tmp_path):
    tables.write_poses(made.poses(), tmp_path / "A.PARQUET")
    tables.write_poses(made.poses(), tmp_path / "a.parquet")
    assert (tmp_path / "A.PARQUET").read_bytes() == (tmp_path / "a.parquet").read_bytes()


def test_tracks(path):
    track = Track(
        centroid=[[[10, 20], [np.nan, np.nan]], [[30, 40], [50, 60]]],
        heading=[[np.pi / 2, np.nan], [-np.pi / 4, 0]],
        valid=[[True, False], [True, True]],
        area=[[100, np.nan], [400, 300]],
        quality=[[1, 0], [0.5, 0.25]],
        fps=2.0,
        px_per_mm=10.0,
    )
    tables.write_track(track, {"b": 1, "a": 0}, path)
    table = read(path)
    assert table["recording"].tolist() == ["b", "b", "a", "a"]
    assert table["frame"].tolist() == [0, 1, 0, 1] and table["time_s"].tolist()[1] == 0.5
    np.testing.assert_allclose(table["x_video_px"], [30, 50, 10, np.nan])
    np.testing.assert_allclose(table["y_video_px"], [40, 60, 20, np.nan])
    np.testing.assert_allclose(table["heading_deg"], [-45, 0, 90, np.nan], rtol=1e-5)
    np.testing.assert_allclose(table["area_px2"], [400, 300, 100, np.nan])
    assert table["valid"].tolist() == [True, True, True, False]
    tables.write_track(track, {"a": 0}, path, "video mm")
    np.testing.assert_allclose(read(path)["y_video_mm"], [2, np.nan])
    np.testing.assert_allclose(read(path)["area_mm2"], [1, np.nan])
    with fails(path.name, "egocentric", "--reference video"):
        tables.write_track(track, {"a": 0}, path, "egocentric")
    unscaled = replace(track, px_per_mm=0.0, fps=0.0)
    with fails(path.name, "scale of the track is not known"):
        tables.write_track(unscaled, {"a": 0}, path, "video mm")
    tables.write_track(unscaled, {"a": 0}, path)
    assert read(path)["time_s"].isna().all()


def doing(recording="fly"):
    behavior = Behavior(
        z=[[1, 2], [3, 4], [np.nan, np.nan]],
        error=[0.1, 0.2, np.nan],
        far=[False, True, False],
        region=[2, 0, -1],
        frame=[4, 5, 6],
        recording=recording,
        fps=10.0,
    )
    gait = Gait(
        tip_velocity=np.zeros((2, 2)),
        swing=[[True, False], [False, False]],
        valid=[[True, True], [True, False]],
        forward_velocity=[2.5, np.nan],
        walking=[True, False],
        state=[1, -1],
        posterior=np.zeros((2, 2)),
        frame=[5, 6],
        legs=["LF", "RF"],
        states=["tripod", "wave"],
        recording="fly",
        fps=10.0,
        velocity_units="mm/s",
    )
    return behavior, gait


def test_behavior_and_gait_share_a_line(path):
    behavior, gait = doing()
    tables.write_behavior(behavior, gait, path, {2: "grooming"})
    table = read(path)
    assert table["frame"].tolist() == [4, 5, 6]
    np.testing.assert_allclose(table["time_s"], [0.4, 0.5, 0.6])
    np.testing.assert_allclose(table["region"].astype(float), [2, 0, np.nan])
    assert table["region_name"].iloc[0] == "grooming" and table["region_name"].isna().sum() == 2
    np.testing.assert_allclose(table["map_y"], [2, 4, np.nan])
    speed = table["forward_velocity_mm_per_s"]
    np.testing.assert_allclose(speed.astype(float), [np.nan, 2.5, np.nan])
    assert table["gait_mode"].iloc[1] == "wave" and table["gait_mode"].isna().sum() == 2
    left, right = table["stance_LF"], table["stance_RF"]
    assert left.isna().tolist() == [True, False, False]
    assert right.isna().tolist() == [True, False, True]
    assert (bool(left.iloc[1]), bool(left.iloc[2]), bool(right.iloc[1])) == (False, True, True)
    tables.write_behavior(None, gait, path)
    assert "region" not in read(path) and read(path)["frame"].tolist() == [5, 6]
    tables.write_behavior(behavior, None, path)
    assert "walking" not in read(path) and "region_name" not in read(path)
    with fails(path.name, "'other'", "'fly'"):
        tables.write_behavior(doing("other")[0], gait, path)


def test_a_behavior_without_frames_leaves_the_gait(path):
    behavior, gait = doing()
    none = {name: getattr(behavior, name)[:0] for name in ("z", "error", "far", "region", "frame")}
    tables.write_behavior(replace(behavior, **none), gait, path)
    assert read(path)["frame"].tolist() == [5, 6] and "region" not in read(path)


def test_names_of_regions_stand_in_their_table(tmp_path):
    table = tmp_path / "regions.csv"
    assert tables.region_names(table) == {}
    table.write_text("region,occupancy\n1,0.5\n")
    assert tables.region_names(table) == {}
    table.write_text("region,name\n1,walking\n2,\n3,grooming\n")
    assert tables.region_names(table) == {1: "walking", 3: "grooming"}
    table.write_text("region,name\nx,walking\n")
    with fails("regions.csv", "'x'"):
        tables.region_names(table)
    table.write_bytes("\ufeffregion,name\n1,früh\n".encode())
    assert tables.region_names(table) == {1: "früh"}
    table.write_text("region;name\n1;walking\n")
    with fails("regions.csv", "commas"):
        tables.region_names(table)
    table.write_bytes("region,name\n1,früh\n".encode("latin-1"))
    with fails("regions.csv", "UTF-8"):
        tables.region_names(table)
