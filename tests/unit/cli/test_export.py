"""`leap export`: what a file of results becomes, and every refusal in one line."""

import numpy as np
import pandas as pd
import pytest
from fixtures import exported_results as made

from leap_core import cli
from leap_core.containers import Behavior, Poses


@pytest.fixture
def results(tmp_path, monkeypatch):
    found = made.make(tmp_path)
    monkeypatch.chdir(tmp_path)
    return found


def export(*arguments):
    return cli.main(["export", *map(str, arguments)])


def refused(capsys, *arguments):
    """The line of a refusal."""
    assert export(*arguments) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    return lines[0]


def test_poses_of_one_animal_or_all_of_its_video(results, capsys):
    assert export(results.poses[0], "--to", "csv", "-o", "one.csv") == 0
    told = capsys.readouterr().out
    assert "one.csv: poses of film_animal0: 10 frames, 1 animal, 3 parts, 90.0% of them" in told
    assert "note: film_animal0: not there in 1 of 10 frames" in told
    one = pd.read_csv("one.csv")
    row = one[(one["frame"] == 3) & (one["part"] == "eyeR")]
    assert row[["x_video_px", "y_video_px"]].to_numpy()[0] == pytest.approx(
        made.places()[3, 0, 2], abs=2e-3
    )
    common = ("--to", "csv", "-o", "all.csv")
    assert export(results.poses[1], "--animals", "all", *common) == 0
    together = pd.read_csv("all.csv")
    assert together["recording"].unique().tolist() == list(made.ANIMALS)
    assert export(*results.poses, *common) == 0
    pd.testing.assert_frame_equal(pd.read_csv("all.csv"), together)
    assert export(results.poses[0], "--animals", "film_animal1", *common) == 0
    assert pd.read_csv("all.csv")["recording"].unique().tolist() == ["film_animal1"]


def test_what_was_written_is_what_is_named(results, capsys):
    """NWB holds one animal a file, and SLEAP opens no arrays as films."""
    assert export(*results.poses, "--to", "nwb", "-o", "both.nwb") == 0
    told = capsys.readouterr().out
    assert told.startswith("both.*.nwb: poses of film_animal0, film_animal1")
    written = sorted(path.name for path in results.folder.glob("*.nwb"))
    assert written == [f"both.{name}.nwb" for name in made.ANIMALS]
    assert all(name in told for name in written)
    assert export(*results.poses, "--to", "slp", "-o", "both.slp") == 0
    assert "film.npy is none" in capsys.readouterr().out


def test_a_config_says_the_same_as_the_files(results, root):
    (results.folder / "x.yaml").write_text(
        f"dataset: x\nskeleton: {root}/config/skeletons/fly32.yaml\n"
        "videos: [{id: film, path: film.npy, fps: 50, animals: 2, px_per_mm: 4}]\n"
        "track: {recipe: mesh}\ncrop: {size: 32}\n"
    )
    for name, more in (("a.csv", ()), ("b.csv", ("--config", "x.yaml", "--animals", "all"))):
        assert export(*results.poses, "--to", "csv", "-o", name, *more) == 0
    assert (results.folder / "a.csv").read_bytes() == (results.folder / "b.csv").read_bytes()


def test_tracks_and_their_animals(results, capsys):
    assert export(results.track, "--to", "parquet", "-o", "t.parquet") == 0
    assert "track of film_animal0, film_animal1: 10 frames" in capsys.readouterr().out
    table = pd.read_parquet("t.parquet")
    assert table["recording"].unique().tolist() == list(made.ANIMALS)
    common = ("--to", "csv", "-o", "t.csv", "--animals")
    assert export(results.track, *common, "film_animal1") == 0
    assert pd.read_csv("t.csv")["recording"].unique().tolist() == ["film_animal1"]
    assert "'fly'; choose from film_animal0" in refused(capsys, results.track, *common, "fly")


def test_refusals_name_file_and_remedy(results, capsys):
    poses, labels = results.poses[0], results.labels
    csv = ("--to", "csv", "-o", "x.csv")
    Behavior(
        z=np.zeros((1, 2)), error=[0], far=[False], region=[1], frame=[0], recording="film_animal0"
    ).write("does.h5")
    for arguments, told in (
        ((labels, *csv), "labels.h5: csv holds no labels; choose one of slp, dlc, coco"),
        ((poses, "--to", "csv", "-o", "x.txt"), "x.txt: files of csv end with .csv"),
        (("absent.h5", *csv), "absent.h5: no such file"),
        ((results.folder / "results/x/crops/film_animal0.h5", *csv), "leap-crops/1 is not"),
        ((poses, results.track, *csv), "film.h5: holds track, but"),
        ((poses, poses, *csv), "given twice"),
        ((poses, *csv, "--animals", "nobody"), "'nobody' beside it; choose from film_animal0"),
        ((results.track, *csv, "--reference", "egocentric"), "no egocentric form"),
        (("does.h5", *csv, "--animals", "all"), "behavior is of one animal; leave out --animals"),
    ):
        assert told in refused(capsys, *arguments)
    assert not (results.folder / "x.csv").exists()


def test_a_results_folder_that_was_moved_knows_its_video(results, monkeypatch, tmp_path):
    away = tmp_path / "elsewhere"
    away.mkdir()
    monkeypatch.chdir(away)
    assert export(results.poses[0], "--to", "csv", "-o", "here.csv") == 0
    found = pd.read_csv("here.csv")
    assert np.isfinite(found["x_video_px"]).sum() == 3 * Poses.read(results.poses[0]).valid.sum()
