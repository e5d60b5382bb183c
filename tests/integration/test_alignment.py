"""Alignment as a user runs it: the target `alignment`, `leap track`, and a table of corrections."""

import json
import subprocess
import sys

import cv2
import numpy as np
import pytest
import yaml
from fixtures import other_tracks, pictures
from fixtures.checkout import fresh_copy, snakemake

from leap_core import containers
from leap_core.io import video

FRAMES = 120


@pytest.fixture(scope="module")
def arena(root, tmp_path_factory):
    """A checkout with a video of two animals on a rough floor, and its config; no labels."""
    folder = fresh_copy(root, tmp_path_factory.mktemp("arena"))
    rng = np.random.default_rng(0)
    floor = cv2.blur(rng.uniform(10, 70, (240, 400)), (5, 5)).astype(np.uint8)
    frames = []
    for k in range(FRAMES):
        image = np.zeros_like(floor)
        cv2.ellipse(image, ((60 + 2 * k, 60), (50, 22), 0), 180, -1)
        cv2.ellipse(image, ((320 - 2 * k, 180), (50, 22), 0), 180, -1)
        frames.append(cv2.add(floor, image))
    video.write_video(folder / "pair.mp4", frames, fps=25, crf=4)
    (folder / "fixes.csv").write_text("action,first,last,animal,other,reason\n")
    write(folder)
    return folder


def write(folder, **more):
    film = {"id": "pair", "path": "pair.mp4", "animals": 2, "corrections": "fixes.csv"} | more
    value = {
        "dataset": "arena",
        "skeleton": "config/skeletons/fly32.yaml",
        "videos": [film],
        "track": {"recipe": "mesh"},
        "crop": {"size": 96},
        "sampling": {"per_video": 20, "components": 4, "clusters": 2, "per_cluster": 5},
    }
    (folder / "arena.yaml").write_text(yaml.safe_dump(value))


def leap(folder, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "leap_core.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=folder,
    )


@pytest.mark.slow
def test_alignment_needs_no_labels_and_follows_its_corrections(arena):
    def snake(*arguments):
        return snakemake(arena, *arguments, "alignment", "--configfile", "arena.yaml")

    result = snake("--cores", "2")
    assert result.returncode == 0, result.stderr[-3000:]
    out = arena / "results" / "arena"
    for name in ("pair_animal0", "pair_animal1"):
        pictures.assert_drawn(out / "figures" / "alignment" / f"{name}.png")
        crops = containers.Crops.read(out / "crops" / f"{name}.h5")
        assert crops.valid.all() and crops.images.shape == (FRAMES, 96, 96, 1)
    pictures.assert_drawn(out / "figures" / "tracking" / "pair.png")
    before = containers.Track.read(out / "tracks" / "pair.h5")
    (arena / "fixes.csv").write_text(
        "action,first,last,animal,other,reason\nflip,10,19,0,,a test\ndrop,30,,1,,a test\n"
    )
    planned = snake("-n").stdout
    assert "rule correct:" in planned and "rule track:" not in planned
    result = snake("--cores", "2")
    assert result.returncode == 0, result.stderr[-3000:]
    after = containers.Track.read(out / "tracks" / "pair.h5")
    turn = np.abs(np.angle(np.exp(1j * (after.heading[0] - before.heading[0]))))
    np.testing.assert_allclose(turn[10:20], np.pi, atol=1e-4)
    assert turn[:10].max() < 1e-4 and turn[20:].max() < 1e-4
    assert after.valid[1].tolist() == [True] * 30 + [False] * (FRAMES - 30)
    assert not containers.Crops.read(out / "crops" / "pair_animal1.h5").valid[30:].any()
    warning = "animal 1 is found in 25.0% of the frames only"
    log = (out / "logs" / "check_track" / "pair.log").read_text()
    assert "WARNING: pair: " in log and warning in log
    report = json.loads((out / "tracks" / "pair.doubts.json").read_text())
    assert warning in report["warnings"][0]
    assert warning in (out / "warnings.html").read_text(), "what to look at before labeling"


def test_leap_track_writes_a_track_and_its_picture(arena):
    (arena / "fixes.csv").write_text("action,first,last,animal,other,reason\n")
    write(arena)
    made = ("track", "pair.mp4", "--config", "arena.yaml", "-o", "track.h5", "--picture", "t.png")
    result = leap(arena, *made)
    assert result.returncode == 0, result.stderr
    assert "animal 1: found in 100.0% of 120 frames" in result.stdout
    track = containers.Track.read(arena / "track.h5")
    np.testing.assert_allclose(track.centroid[0, :, 0], 60 + 2 * np.arange(FRAMES), atol=1.5)
    np.testing.assert_allclose(track.centroid[1, :, 0], 320 - 2 * np.arange(FRAMES), atol=1.5)
    np.testing.assert_allclose(np.cos(track.heading), [[1] * FRAMES, [-1] * FRAMES], atol=0.01)
    pictures.assert_drawn(arena / "t.png")


@pytest.mark.slow
def test_a_track_of_another_program_takes_the_place_of_the_recipe(arena):
    """Two animals by recipe `moments`, which follows one: the file says where both are."""
    k = np.arange(FRAMES)
    one, two = (60 + 2 * k, np.full_like(k, 60)), (320 - 2 * k, np.full_like(k, 180))
    places = np.stack([np.stack(xy, -1) for xy in (one, two)])
    other_tracks.idtracker_csv(arena / "pair.csv", places)
    write(arena, track_file="pair.csv", corrections=None)
    made = ("--configfile", "arena.yaml", "--config", "dataset=given")
    target = "results/given/tracks/pair.h5"

    def snake(*arguments):
        return snakemake(arena, *arguments, target, *made)

    config = arena / "arena.yaml"
    config.write_text(config.read_text().replace("recipe: mesh", "recipe: moments"))
    result = snake("--cores", "2")
    assert result.returncode == 0, result.stderr[-3000:]
    track = containers.Track.read(arena / target)
    np.testing.assert_allclose(track.centroid, places, atol=0.01)
    np.testing.assert_allclose(np.cos(track.heading), [[1] * FRAMES, [-1] * FRAMES], atol=0.01)
    assert "rule" not in snake("-n").stdout
    other_tracks.idtracker_csv(arena / "pair.csv", 239 - places)
    planned = snake("-n").stdout
    assert "rule track:" in planned and "rule audit:" not in planned


@pytest.mark.parametrize(
    "content, words",
    [
        ("flip,500,510,0,,", "line 2: frame '500' is not there (0 to 119)"),
        (
            "turn,0,1,0,,",
            "line 2: no action 'turn'; there are flip, drop, swap, place, bridge, join",
        ),
        ("swap,0,1,0,0,", "animals 0 and 0 are the same"),
    ],
)
def test_wrong_corrections_stop_with_one_line(arena, content, words):
    (arena / "fixes.csv").write_text(f"action,first,last,animal,other,reason\n{content}\n")
    write(arena)
    made = ("track", "pair.mp4", "--config", "arena.yaml", "-o", "none.h5")
    result = leap(arena, *made)
    assert result.returncode == 2
    (line,) = [each for each in result.stderr.splitlines() if each.startswith("error: ")]
    assert words in line and "fixes.csv" in line and "Traceback" not in result.stderr
    assert not (arena / "none.h5").exists()
