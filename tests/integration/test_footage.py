"""Footage that is no single file through the workflow: a folder of images, an array of a file."""

import os

import numpy as np
import pytest
import yaml
from fixtures import footage_kinds
from fixtures.checkout import fresh_copy, snakemake

from leap_core.cli import main
from leap_core.containers import Track

FRAMES = 24
TRACKS = [f"results/mine/tracks/{name}.h5" for name in ("folder", "array")]


def film():
    """An ellipse that walks to the right on a dark floor."""
    y, x = np.mgrid[:96, :160]
    for k in range(FRAMES):
        inside = ((x - 40 - 3 * k) / 20) ** 2 + ((y - 48) / 9) ** 2 < 1
        yield np.where(inside, 200, 10 + (x + y) % 7).astype(np.uint8)


@pytest.fixture(scope="module")
def place(root, tmp_path_factory):
    """A checkout with the same film twice, and what a run made of both."""
    place = fresh_copy(root, tmp_path_factory.mktemp("mine"))
    images = list(film())
    footage_kinds.numbered(place / "images", images)
    footage_kinds.hdf5(place / "a.h5", images, "one")
    footage_kinds.hdf5(place / "a.h5", images[::-1], "other")
    write(place, "one")
    made = run(place)
    assert made.returncode == 0, made.stderr[-3000:]
    return place


def write(place, array):
    value = {
        "dataset": "mine",
        "skeleton": "config/skeletons/fly32.yaml",
        "videos": [
            {"id": "folder", "path": "images", "fps": 50},
            {"id": "array", "path": "a.h5", "dataset": array, "fps": 50},
        ],
    }
    (place / "mine.yaml").write_text(yaml.safe_dump(value))


def run(place, *arguments):
    return snakemake(place, *TRACKS, *arguments, "--cores", "2", "--configfile", "mine.yaml")


def planned(place):
    told = run(place, "-n")
    assert told.returncode == 0, told.stderr[-3000:]
    lines = (told.stdout + told.stderr).splitlines()
    rules = [
        line.split()[1].rstrip(":") for line in lines if line.startswith(("rule ", "localrule "))
    ]
    return sorted(rule for rule in rules if rule != "all")


@pytest.mark.slow
def test_both_are_tracked_alike_and_made_again_for_new_content_only(place, capsys, monkeypatch):
    one, other = (Track.read(place / path) for path in TRACKS)
    np.testing.assert_array_equal(one.centroid, other.centroid)
    np.testing.assert_allclose(one.centroid[0, :, 0], 40 + 3 * np.arange(FRAMES), atol=1)
    assert one.valid.all() and one.fps == 50
    assert "its array" not in (place / "results/mine/logs/audit/array.log").read_text()

    for file in (place / "images").iterdir():
        os.utime(file)
    assert planned(place) == []
    write(place, "other")
    assert planned(place) == ["audit", "source", "track"]
    write(place, "one")

    image = place / "images" / "img_0005.png"
    image.write_bytes((place / "images" / "img_0006.png").read_bytes())
    assert planned(place) == ["audit", "source", "track"]
    assert run(place).returncode == 0
    changed = Track.read(place / TRACKS[0])
    np.testing.assert_array_equal(changed.centroid[:, 5], one.centroid[:, 6])
    monkeypatch.chdir(place)
    assert main(["verify", "results/mine"]) == 0, capsys.readouterr().out
