"""An animal of nobody's before: a dark insect of 35 parts, labeled in another program (COCO)."""

import csv
import json
import subprocess
import sys

import numpy as np
import pytest
import yaml
from fixtures import ant, pictures
from fixtures.checkout import fresh_copy, snakemake

from leap_core import containers, geometry

CODE = ("config", "envs", "leap_core", "profiles", "scripts", "slurm", "workflow")
LABELED = range(0, 180, 3)  # frames
UNSEEN = slice(190, 240)  # frames that are far from all labels
OUT = "results/ant"
FIGURES = [f"{OUT}/figures/{name}.png" for name in ("fig2a", "fig6", "pck", "evaluation", "figS3")]
TARGETS = [f"{OUT}/poses/ant.h5", f"{OUT}/gait/ant.h5", *FIGURES]
# what no label file tells
ROLES = {
    "roles": {
        "axis": ["abdomen_tip", "head"],
        "center": "thorax",
        "legs": {leg: [f"{leg}_{joint}" for joint in ant.JOINTS] for leg in ant.LEGS},
    },
    "groups": {name: list(parts) for name, parts in ant.GROUPS.items()},
}
CONFIG = {
    "dataset": "ant",
    "skeleton": "ant.yaml",
    "videos": [{"id": "ant", "path": "ant.mp4", "px_per_mm": 12}],
    # wider than its legs (6 px), no wider than its waist (7 px)
    "track": {"polarity": "dark", "opening_px": 7},
    "crop": {"size": 240, "invert": True},
    "labels": {
        "sources": [{"id": "frames", "path": "labels/ant.json"}],
        "invert": True,
        "align": True,
    },
    "model": {"network": "leap_cnn", "filters": 20, "input_scale": 0.25},
    "training": {
        "epochs": 12,
        "batches": 50,
        "batch_size": 8,
        "validation_batches": 1,
        "learning_rate": 2e-3,
        "foreground_weight": 6,
    },
    "prediction": {"chunks": 1},
    "gait": {"min_walking_s": 0},
}


def leap(place, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "leap_core.cli", *arguments],
        cwd=place,
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def made(root, tmp_path_factory):
    """A checkout in which the workflow ran, the insect's truth, and v of its labels."""
    place = fresh_copy(root, tmp_path_factory.mktemp("ant"), *CODE)
    truth, images = ant.film(place / "ant.mp4", 240)
    _, seen = ant.coco(place / "labels", truth, images, LABELED)
    told = leap(place, "skeleton", "labels/ant.json", "-o", "ant.yaml")
    assert told.returncode == 0 and "35 parts, 34 edges" in told.stdout, told.stderr
    with (place / "ant.yaml").open("a") as file:
        file.write(yaml.safe_dump(ROLES, sort_keys=False))
    (place / "mine.yaml").write_text(yaml.safe_dump(CONFIG))
    result = snakemake(place, "--cores", "2", *TARGETS, "--configfile", "mine.yaml")
    assert result.returncode == 0, result.stderr[-3000:]
    return place, truth, seen


@pytest.mark.slow
def test_labels_are_what_the_other_program_says(made):
    place, _, seen = made
    found = containers.Labels.read(place / OUT / "labels" / "labels.h5")
    assert {frozenset(pair) for pair in found.skeleton.pairs} == {*map(frozenset, ant.PAIRS)}
    assert found.skeleton.parts == ant.PARTS
    named = [tuple(ant.PARTS[end] for end in edge) for edge in found.skeleton.edges]
    assert named == [*ant.EDGES], "its edges count from 1"
    v = seen[found.frame]
    np.testing.assert_array_equal(found.status, v > 0)
    np.testing.assert_array_equal(np.isfinite(found.positions).all(-1), v > 0)
    np.testing.assert_array_equal(found.occluded, v == 1)
    assert (v == 1).sum() > 30 and (v == 0).sum() > 30
    told = (place / OUT / "logs" / "import_labels" / "frames.log").read_text()
    assert f"{(seen == 1).sum()} labeled though covered" in told and "WARNING" not in told
    with (place / OUT / "models" / "main" / "evaluation.csv").open() as file:
        judged = [(int(row["sample"]), row["part"]) for row in csv.DictReader(file)]
    test = found.select("test")
    assert len(judged) == len(set(judged)) == (v[test] > 0).sum() < v[test].size
    log = (place / OUT / "logs" / "train" / "main.log").read_text()
    assert "mirrored images: " in log and "WARNING: no mirrored" not in log
    assert all(f"{a}/{b}" in log for a, b in ant.PAIRS)


@pytest.mark.slow
def test_crops_of_labels_are_those_of_the_video(made):
    """The network is to see in the video what it has learned from."""
    place, truth, _ = made
    found = containers.Labels.read(place / OUT / "labels" / "labels.h5")
    track = containers.Track.read(place / OUT / "tracks" / "ant.h5")
    frames = np.asarray(LABELED)[found.frame]
    here = geometry.to_crop(
        truth.positions[frames], track.centroid[0][frames], track.heading[0][frames], 240
    )
    off = np.hypot(*np.moveaxis(found.positions - here, -1, 0))
    assert np.nanmedian(off) < 0.5 and np.nanmax(off) < 3


@pytest.mark.slow
def test_every_part_is_found_where_it_is(made):
    place, truth, _ = made
    poses = containers.Poses.read(place / OUT / "poses" / "ant.h5")
    assert poses.valid.all() and len(poses.frame) == 240
    true = truth.positions[UNSEEN]
    center, heading = poses.center[UNSEEN], poses.heading[UNSEEN]
    found = geometry.to_video(poses.positions[UNSEEN], center, heading, 240)
    off = np.hypot(*np.moveaxis(found - true, -1, 0))
    # who does not look at the picture: each part where its labels lie in the middle
    labels = containers.Labels.read(place / OUT / "labels" / "labels.h5")
    still = np.broadcast_to(np.nanmedian(labels.positions, axis=0), true.shape)
    guess = geometry.to_video(still, center, heading, 240)
    guessed = np.hypot(*np.moveaxis(guess - true, -1, 0))
    # beyond half of the way to the nearest part one could be taken for another
    between = np.hypot(*np.moveaxis(true[:, :, None] - true[:, None], -1, 0))
    between[:, np.arange(35), np.arange(35)] = np.inf
    room = np.median(between.min(axis=2), axis=0) / 2
    animal = labels.skeleton
    for name, parts in animal.part_sets.items():
        mine = [animal.index(part) for part in parts]
        error = np.median(off[:, mine])
        assert error < np.median(room[mine]), f"{name}: {error:.2f} px"
        assert error < np.median(guessed[:, mine]), f"{name}: {error:.2f} px"
    moving = [animal.index(part) for part in ant.PARTS if "antenna_tip" in part or "tarsus" in part]
    assert np.median(off[:, moving]) < np.median(guessed[:, moving]) / 2
    assert np.median(off) < 0.03 * ant.LENGTH
    # nearer to itself than to its mirror image, where these are apart; chance: 0.5
    apart = np.hypot(*np.moveaxis(true[:, list(animal.swap)] - true, -1, 0))
    mirrored = np.hypot(*np.moveaxis(found - true[:, list(animal.swap)], -1, 0))
    assert (off < mirrored)[apart > 0.1 * ant.LENGTH].mean() > 0.95


@pytest.mark.slow
def test_its_feet_step_in_tripods(made):
    """Legs L1 to R3, which no fly of ours has, at 4.5 strides a second."""
    place, truth, _ = made
    gait = containers.Gait.read(place / OUT / "gait" / "ant.h5")
    assert gait.legs == list(ant.LEGS) and gait.walking.mean() > 0.9
    known = gait.valid & gait.walking[:, None]
    # always the same would be right in half of the frames
    assert (gait.swing == ~truth.stands)[known].mean() > 0.8
    assert gait.states[np.bincount(gait.state[gait.state >= 0]).argmax()] == "tripod"


@pytest.mark.slow
def test_figures_hold_35_names(made):
    place, _, _ = made
    for figure in FIGURES:
        pictures.assert_drawn(place / figure)
    metrics = json.loads((place / OUT / "models" / "main" / "evaluation.json").read_text())
    assert list(metrics["parts"]) == list(ant.PARTS)
