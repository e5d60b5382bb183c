"""Footage that is no single file through the workflow: a folder of images, an array of a file."""

import json
import os
from collections import Counter

import numpy as np
import pytest
import yaml
from fixtures import footage_kinds
from fixtures.checkout import fresh_copy, snakemake

from leap_core.cli import main

FRAMES = 24
AUDITS = [f"results/mine/audit/{name}.json" for name in ("folder", "array")]


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
    return snakemake(place, *AUDITS, *arguments, "--cores", "2", "--configfile", "mine.yaml")


def planned(place):
    told = run(place, "-n")
    assert told.returncode == 0, told.stderr[-3000:]
    lines = (told.stdout + told.stderr).splitlines()
    rules = [line.split()[1] for line in lines if line.startswith(("rule ", "localrule "))]
    return Counter(rule.rstrip(":") for rule in rules)


def report(place, path):
    return json.loads((place / path).read_text())


@pytest.mark.slow
def test_both_are_the_same_film_and_read_again_for_new_content_only(place, capsys, monkeypatch):
    one, other = (report(place, path) for path in AUDITS)
    assert one["content_sha256"] == other["content_sha256"] and one["frames"] == FRAMES
    assert "its array" not in (place / "results/mine/logs/audit/array.log").read_text()

    for file in (place / "images").iterdir():
        os.utime(file)
    assert not planned(place)
    write(place, "other")
    assert planned(place) == {"audit": 1, "source": 1}
    write(place, "one")

    image = place / "images" / "img_0005.png"
    image.write_bytes((place / "images" / "img_0006.png").read_bytes())
    assert planned(place) == {"audit": 1, "source": 1}
    assert run(place).returncode == 0
    assert report(place, AUDITS[0])["content_sha256"] != one["content_sha256"]
    monkeypatch.chdir(place)
    assert main(["verify", "results/mine"]) == 0, capsys.readouterr().out
