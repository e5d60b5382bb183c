"""The workflow of a checkout in a folder of one's own, and raw files that move and change there."""

import os
import shutil

import numpy as np
import pytest
import yaml
from fixtures.checkout import fresh_copy, snakemake

SECOND_NS = 1_000_000_000
PARTS = [f"part{k}" for k in range(8)]


def write_tracks(path, frames, seed):
    """Positions (frame, part, xy) as another tool left them; 8,000 frames are over 1 MB."""
    path.parent.mkdir(exist_ok=True)
    np.save(path, np.random.default_rng(seed).uniform(0, 50, (frames, len(PARTS), 2)))


def make_place(folder, **frames):
    """A folder with a config and raw files: name -> frames."""
    for seed, (name, count) in enumerate(frames.items()):
        write_tracks(folder / "data" / f"{name}.npy", count, seed)
    (folder / "animal.yaml").write_text(yaml.safe_dump({"parts": PARTS}))
    value = {
        "dataset": "mine",
        "skeleton": "animal.yaml",
        "videos": [
            {"id": name, "path": f"data/{name}.npy", "poses": "array", "fps": 50} for name in frames
        ],
        "gait": {"enabled": False},
        "behavior": {"center": PARTS[0]},
    }
    (folder / "mine.yaml").write_text(yaml.safe_dump(value))
    return folder


@pytest.fixture(scope="module")
def place(root, tmp_path_factory):
    """Such a folder, and what a run of the repository's workflow made there."""
    folder = make_place(tmp_path_factory.mktemp("mine"), small=300, large=8000)
    made = run(root, folder)
    assert made.returncode == 0, made.stderr[-3000:]
    return folder


POSES = tuple(f"results/mine/poses/{name}.h5" for name in ("small", "large"))


def run(root, folder, *arguments, targets=POSES, config="mine.yaml", **environment):
    snakefile = ("-s", str(root / "workflow" / "Snakefile"), "--cores", "1")
    given = {"LEAP_DATA": ""} | environment
    return snakemake(folder, *targets, *snakefile, *arguments, "--configfile", config, **given)


def planned(root, folder, *arguments, **environment):
    """Jobs that a run would do, as "rule" with how often."""
    told = run(root, folder, "-n", "--quiet", "rules", *arguments, **environment)
    text = told.stdout + told.stderr
    assert told.returncode == 0, text[-3000:]
    counts = [line.split() for line in text.splitlines() if line[:1].isalpha()]
    jobs = {words[0]: int(words[1]) for words in counts if len(words) == 2 and words[1].isdecimal()}
    assert jobs or "Nothing to be done" in text
    return {name: count for name, count in jobs.items() if name != "total"}


def redate(path, by_s):
    date = path.stat().st_mtime_ns + by_s * SECOND_NS
    os.utime(path, ns=(date, date))


@pytest.mark.slow
def test_dates_and_places_of_raw_files_make_nothing_again(root, place):
    """Nor does a recording from the future stop the run; another content does what it must."""
    here, moved = place / "data", place / "moved" / "data"
    moved.parent.mkdir()
    here.rename(moved)
    assert planned(root, place, LEAP_DATA=str(moved.parent)) == {}
    assert planned(root, place) == {}, "the links hold"
    redate(moved / "small.npy", 3600)
    redate(moved / "large.npy", 10 * 365 * 86400)
    data = {"LEAP_DATA": str(moved.parent)}
    assert planned(root, place, **data) == {"source": 1}
    looked = run(root, place, **data)
    assert looked.returncode == 0, looked.stderr[-3000:]
    assert planned(root, place, **data) == {}
    write_tracks(moved / "large.npy", 8000, 3)
    assert planned(root, place, **data) == {"source": 1, "import_poses": 1}


@pytest.mark.slow
def test_results_of_another_config_are_refused_when_planning(root, place):
    value = yaml.safe_load((place / "mine.yaml").read_text())
    for video in value["videos"]:
        video["path"] = video["path"].replace("data", "theirs")
    (place / "theirs.yaml").write_text(yaml.safe_dump(value))
    told = run(root, place, "-n", config="theirs.yaml")
    assert told.returncode == 2
    assert "error: results/mine: holds results of another config" in told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.slow
def test_a_step_that_fails_does_so_until_its_cause_is_gone(root, tmp_path):
    """What it had made is gone; what rests on that would pass for up to date."""
    folder = make_place(tmp_path, small=300)
    target = ("results/mine/behavior/channels/small.h5",)
    assert run(root, folder, targets=target).returncode == 0
    write_tracks(folder / "data" / "good.npy", 300, 5)
    (folder / "data" / "small.npy").write_bytes(b"no array")
    for _ in range(2):
        refused = run(root, folder, "--rerun-incomplete", targets=target)
        assert refused.returncode == 1, refused.stdout + refused.stderr
        assert "error: results/mine/raw/small.npy: " in refused.stderr
    (folder / "data" / "good.npy").replace(folder / "data" / "small.npy")
    assert run(root, folder, "--rerun-incomplete", targets=target).returncode == 0
    told = run(root, folder, "-n", targets=target)
    assert "Nothing to be done" in told.stdout + told.stderr


def test_a_folder_without_config_is_one_line(root, tmp_path):
    """Started elsewhere, there is no demo to run."""
    told = snakemake(tmp_path, "-s", str(root / "workflow" / "Snakefile"), "-n")
    assert told.returncode == 2
    assert f"error: {tmp_path}: holds no config/config.yaml" in told.stderr
    assert "Traceback" not in told.stderr


def test_the_working_folder_may_be_named_instead(root, tmp_path):
    """From a checkout that nobody changes: a copy, so that this one's notes are not touched."""
    checkout = fresh_copy(root, tmp_path / "central", "workflow", "leap_core", "scripts", "envs")
    folder = tmp_path / "mine"
    write_tracks(tmp_path / "mine.npy", 60, 1)
    folder.mkdir()
    shutil.move(tmp_path / "mine.npy", folder)
    (folder / "animal.yaml").write_text(yaml.safe_dump({"parts": PARTS}))
    video = {"id": "a", "path": "mine.npy", "poses": "array", "fps": 50}
    value = {"dataset": "mine", "skeleton": "animal.yaml", "videos": [video]}
    (folder / "mine.yaml").write_text(yaml.safe_dump(value))
    before = sorted(checkout.rglob("*"))
    settings = ("--directory", str(folder), "--configfile", str(folder / "mine.yaml"))
    target = "results/mine/poses/a.h5"
    made = snakemake(
        checkout, "--cores", "1", target, *settings, PYTHONDONTWRITEBYTECODE="1", LEAP_DATA=""
    )
    assert made.returncode == 0, made.stderr[-3000:]
    assert (folder / target).exists()
    assert sorted(checkout.rglob("*")) == before
