"""`leap gait`: every file is written or the reason is one line."""

from dataclasses import replace

import h5py
import numpy as np
import pandas as pd
import pytest
from fixtures.stances import PATTERNS, SETTINGS, stepping, walking_poses

from leap_core import cli, gait, skeleton
from leap_core.containers import Gait, GaitModel, Poses


@pytest.fixture
def poses_file(fly32, tmp_path):
    poses = walking_poses(fly32, stepping(PATTERNS["tripod"], 12, 5, 1300))
    poses.write(tmp_path / "poses.h5")
    return tmp_path / "poses.h5"


def test_the_command_writes_all_files_and_a_summary(poses_file, tmp_path, capsys):
    out = tmp_path / "new" / "fly.h5"
    assert cli.main(["gait", str(poses_file), "-o", str(out), "--csv"]) == 0
    names = ["steps", "swings", "bouts", "strides", "phases", "tripods"]
    expected = {"fly.h5", "fly.model.h5"}
    expected |= {f"fly.{name}.{suffix}" for name in names for suffix in ("csv", "parquet")}
    assert {path.name for path in out.parent.iterdir()} == expected
    shown = capsys.readouterr().out
    result, model = Gait.read(out), GaitModel.read(tmp_path / "new" / "fly.model.h5")
    assert "1,300 frames at 100 frames/s, 6 legs" in shown
    assert "100.0% of frames in 1 bout," in shown
    assert f"cut steps, in no duration: {result.cut_steps}" in shown
    assert "tripod coordination strength: mean 1.00" in shown
    table = pd.read_parquet(out.with_name("fly.steps.parquet"))
    pd.testing.assert_frame_equal(
        pd.read_csv(out.with_name("fly.steps.csv"), keep_default_na=False).astype(table.dtypes),
        table,
    )
    assert result.states == model.states
    with h5py.File(out) as file:
        assert "poses.h5" in file.attrs["provenance"]
    # the same again, and with the model that was written
    again = tmp_path / "again" / "fly.h5"
    args = ["gait", str(poses_file), "-o", str(again)]
    assert cli.main(args) == 0
    for path in again.parent.iterdir():
        assert path.read_bytes() == (out.parent / path.name).read_bytes(), path.name
    given = tmp_path / "given" / "fly.h5"
    model_file = str(out.with_name("fly.model.h5"))
    assert cli.main(["gait", str(poses_file), "-o", str(given), "--model", model_file]) == 0
    assert not given.with_name("fly.model.h5").exists()
    assert np.array_equal(Gait.read(given).posterior, result.posterior)


def test_the_command_takes_settings_from_a_config(poses_file, tmp_path, root):
    text = "dataset: x\nskeleton: config/skeletons/fly32.yaml\nvideos: [{id: fly, path: a.mp4}]\n"
    (tmp_path / "c.yaml").write_text(text + "gait: {min_speed: 50, restarts: 1}\n")
    out = tmp_path / "out.h5"
    command = ["gait", str(poses_file), "-o", str(out), "--config", str(tmp_path / "c.yaml")]
    assert cli.main(command) == 0
    assert not Gait.read(out).walking.any()
    assert "no walking bout" in Gait.read(out).note


def test_the_speed_of_an_animal_on_a_belt_is_taken_from_its_feet_when_asked(
    poses_file, tmp_path, capsys
):
    poses = Poses.read(poses_file)
    replace(poses, center=np.zeros((1300, 2))).write(tmp_path / "belt.h5")
    command = ["gait", str(tmp_path / "belt.h5"), "-o", str(tmp_path / "out.h5")]
    assert cli.main(command) == 0
    shown = capsys.readouterr().out
    assert "walking: no frame" in shown and "leap gait --speed stance" in shown
    assert cli.main([*command, "--speed", "stance"]) == 0
    assert "median speed 12.0 mm/s, from the stance legs" in capsys.readouterr().out


def test_the_command_names_bad_input_in_one_line_and_writes_nothing(
    poses_file, tmp_path, capsys, fly32
):
    poses = Poses.read(poses_file)
    replace(poses, fps=float("nan")).write(tmp_path / "norate.h5")
    replace(poses, skeleton=skeleton.Skeleton(fly32.parts, center="thorax")).write(
        tmp_path / "nolegs.h5"
    )
    two = {leg: fly32.legs[leg] for leg in ("LF", "RF")}
    other = replace(poses, skeleton=replace(fly32, legs=two))
    gait.fit_model([other], SETTINGS, 0.2, 0).write(tmp_path / "two.h5")
    before = sorted(tmp_path.iterdir())
    out = str(tmp_path / "o" / "out.h5")
    for args, message in (
        ([str(tmp_path / "norate.h5"), "-o", out], "unknown frame rate"),
        ([str(tmp_path / "nolegs.h5"), "-o", out], "no legs"),
        ([str(tmp_path / "absent.h5"), "-o", out], "no such file"),
        ([str(tmp_path / "two.h5"), "-o", out], "expected format leap-poses"),
        ([str(poses_file), "-o", out, "--model", str(tmp_path / "two.h5")], "gait model has 2"),
        ([str(poses_file), "-o", str(poses_file)], "would replace its own input"),
    ):
        assert cli.main(["gait", *args]) == 2
        error = capsys.readouterr().err
        assert message in error and error.startswith("error: ") and error.count("\n") == 1
        assert sorted(tmp_path.iterdir()) == before


def names_in(folder):
    """Everything below a folder, with what the files hold."""
    return {path: path.is_file() and path.read_bytes() for path in folder.rglob("*")}


@pytest.fixture
def refused(poses_file, tmp_path, capsys):
    """Runs a command that must fail in one line and leave the folder as it was."""

    def run(message, *args, poses=poses_file):
        before = names_in(tmp_path)
        assert cli.main(["gait", str(poses), *map(str, args)]) == 2
        error = capsys.readouterr().err
        assert message in error and error.startswith("error: ") and error.count("\n") == 1
        assert names_in(tmp_path) == before

    return run


def test_the_command_refuses_targets_that_cannot_be_written(refused, tmp_path):
    (tmp_path / "g" / "x.phases.parquet").mkdir(parents=True)
    (tmp_path / "h" / "x.bouts.csv").mkdir(parents=True)
    (tmp_path / "m" / "x.model.h5").mkdir(parents=True)
    (tmp_path / "file").write_text("x")
    refused("is a folder", "-o", tmp_path / "g")
    refused("is a folder", "-o", ".")
    refused("x.phases.parquet: is a folder", "-o", tmp_path / "g" / "x.h5")
    refused("x.bouts.csv: is a folder", "-o", tmp_path / "h" / "x.h5", "--csv")
    refused("x.model.h5: is a folder", "-o", tmp_path / "m" / "x.h5")
    refused("cannot be written", "-o", tmp_path / "file" / "x.h5")
    refused("cannot be written", "-o", "/proc/x/x.h5")


def test_the_command_never_writes_over_what_it_reads(refused, poses_file, tmp_path, fly32, root):
    (tmp_path / "sub").mkdir()
    (tmp_path / "link.h5").symlink_to(poses_file)
    fly = tmp_path / "fly.yaml"
    fly.write_text((root / "config/skeletons/fly32.yaml").read_text())
    settings = tmp_path / "c.yaml"
    settings.write_text(f"dataset: x\nskeleton: {fly}\nvideos: [{{id: fly, path: a.mp4}}]\n")
    model = tmp_path / "fly.model.h5"
    gait.fit_model([Poses.read(poses_file)], SETTINGS, 0.2, 0).write(model)
    message = "would replace its own input"
    refused(message, "-o", tmp_path / "sub" / ".." / "poses.h5")
    refused(message, "-o", tmp_path / "link.h5")
    refused(message, "-o", poses_file, poses=tmp_path / "link.h5")
    refused(message, "-o", settings, "--config", settings)
    refused(message, "-o", fly, "--config", settings)
    refused(message, "-o", model, "--model", model)
    # a file beside the output counts as well: here the model that would be fitted
    refused(message, "-o", tmp_path / "fly.h5", poses=model)


def test_a_second_run_leaves_nothing_of_the_first(poses_file, tmp_path, capsys):
    out, other = tmp_path / "g" / "x.h5", tmp_path / "other.model.h5"
    command = ["gait", str(poses_file), "-o", str(out)]
    assert cli.main([*command, "--csv"]) == 0
    capsys.readouterr()
    model = out.with_name("x.model.h5")
    for name in ("x.notes.csv", "y.steps.csv"):
        out.with_name(name).write_text("mine")
    # the model of the first run as input of the second stays
    assert cli.main([*command, "--csv", "--model", str(model)]) == 0
    assert model.exists() and "removed" not in capsys.readouterr().out
    other.write_bytes(model.read_bytes())
    assert cli.main([*command, "--model", str(other)]) == 0
    shown = capsys.readouterr().out.splitlines()[-1]
    assert shown.startswith("removed") and "x.steps.csv" in shown and "x.model.h5" in shown
    tables = ["steps", "swings", "bouts", "strides", "phases", "tripods"]
    expected = {"x.h5", "x.notes.csv", "y.steps.csv", *(f"x.{name}.parquet" for name in tables)}
    assert {path.name for path in out.parent.iterdir()} == expected
    # a file of that name that is no gait model is not the command's
    model.write_bytes(poses_file.read_bytes())
    assert cli.main([*command, "--model", str(other)]) == 0
    assert model.read_bytes() == poses_file.read_bytes()


def test_the_command_takes_a_frame_rate_only_where_there_is_none(
    poses_file, tmp_path, capsys, refused
):
    poses = Poses.read(poses_file)
    bare = tmp_path / "bare.h5"
    replace(poses, fps=float("nan")).write(bare)
    refused("unknown frame rate; give --fps", "-o", tmp_path / "o.h5", poses=bare)
    for value in ("0", "-100", "nan", "inf"):
        refused("--fps: expected a number above 0", "-o", tmp_path / "o.h5", f"--fps={value}")
    assert cli.main(["gait", str(bare), "-o", str(tmp_path / "a.h5"), "--fps", "100"]) == 0
    assert cli.main(["gait", str(poses_file), "-o", str(tmp_path / "b.h5"), "--fps", "50"]) == 0
    told = capsys.readouterr().err
    assert f"WARNING: --fps is not used: {poses_file} says 100 frames/s, not 50" in told
    one, two = (Gait.read(tmp_path / name) for name in ("a.h5", "b.h5"))
    assert one.fps == two.fps == 100
    assert np.array_equal(one.posterior, two.posterior) and np.array_equal(one.swing, two.swing)
