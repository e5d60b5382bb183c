"""Labels made in the browser go into the workflow by themselves, by content and not by date."""

import json
import os
import re

import numpy as np
import pytest
import yaml
from fixtures import browser, labeling, pictures
from fixtures.checkout import fresh_copy, snakemake

from leap_core import cli, containers, geometry, skeleton
from leap_core.labels import edits, effort

CODE = ("envs", "leap_core", "profiles", "scripts", "slurm", "workflow")
TARGET = "results/lab/labels/labels.h5"
FIGURE = "results/lab/figures/figS4c.png"
PAGE = "results/lab/figures/fig1b.png"


@pytest.fixture(scope="module")
def lab(root, tmp_path_factory):
    """A dataset that is ready to be labeled, beside the code."""
    folder = tmp_path_factory.mktemp("lab")
    labeling.make(folder, root)
    return fresh_copy(root, folder, *CODE)


def run(folder, *arguments, target=TARGET):
    """The rules that are carried out, or with -n would be, and what was said."""
    result = snakemake(folder, target, "--configfile", "config/lab.yaml", *arguments)
    assert result.returncode == 0, result.stdout + result.stderr
    said = result.stdout + result.stderr
    return set(re.findall(r"^(?:local)?rule (\w+):", said, re.M)), said


def test_labels_of_the_browser_are_trained_on(lab, root, monkeypatch, capsys):
    folder, results = lab / "labels" / "lab", lab / "results" / "lab"
    animal = skeleton.read(lab / labeling.CONFIG["skeleton"])
    planned, said = run(lab, "-n")
    assert planned == {"split"}
    assert "holds no labels" in said and "`leap label --config config/lab.yaml`" in said

    lines = browser.by_truth(results, "fly1", [3, 30, 7, 40, 12], animal)
    lines[0]["points"]["eyeL"]["state"] = "occluded"
    lines[1]["points"]["eyeR"] |= {"x": None, "y": None, "state": "absent"}
    browser.append(folder, *lines, browser.edit("gone.5.0", [9, 9, 0, 192], {"head": (5, 5)}))
    made, _ = run(lab, "--cores", "2")
    assert made == {"place_labels", "split"}
    found = containers.Labels.read(results / "labels" / "labels.h5")
    assert found.source.tolist() == ["fly1"] * 5 and sorted(found.frame) == [3, 7, 12, 30, 40]
    assert {(found.split == s).any() for s in (0, 1, 2)} == {True}
    crops = containers.Crops.read(results / "crops" / "fly1.h5")
    truth = labeling.truth(lab, "fly1")
    for k, frame in enumerate(found.frame):
        np.testing.assert_array_equal(found.images[k], crops.images[frame])
        true = geometry.to_crop(
            truth.positions[frame], crops.center[frame], crops.heading[frame], 192
        )
        order = [truth.skeleton.index(part) for part in animal.parts]
        labeled = found.status[k] == 1
        assert labeled.sum() > 25
        assert np.abs(found.positions[k] - true[order])[labeled].max() < 0.01
    row = {frame: k for k, frame in enumerate(found.frame)}
    assert found.occluded.sum() == 1 and found.occluded[row[3], animal.index("eyeL")]
    assert (found.status == 3).sum() == 1 and found.status[row[30], animal.index("eyeR")] == 3
    report = json.loads((results / "labels" / "browser.json").read_text())
    assert (report["occluded"], report["absent"]) == (1, 1)
    assert report["left_out"][-1:] == ["gone.5.0: video 'gone' is not in the config"]
    told = (results / "logs" / "place_labels.log").read_text()
    assert "parts: 1 labeled though covered, 1 absent" in told and "left out: gone.5.0" in told
    record = json.loads((results / "provenance" / "labels" / "browser.h5.json").read_text())
    assert record["settings"]["browser"] == edits.read(folder).digest()

    # work per frame, as a table and a figure
    assert run(lab, "--cores", "1", target=FIGURE)[0] == {"label_effort", "figure_figS4c"}
    table = effort.read_table(results / "labels" / "effort.csv")
    assert table.equals(effort.table(effort.read(folder)))
    assert table["key"].iloc[0] == "fly1.3.0" and (table["seconds"] == 2.5).all()
    os.utime(folder / edits.JOURNAL)
    assert run(lab, "-n", target=FIGURE)[0] == set()
    assert run(lab, "--cores", "1", target=PAGE)[0] == {"figure_fig1b"}
    pictures.assert_drawn(lab / PAGE)

    # a look at the page: seconds of work, another snapshot, new dates
    look = {"op": "time", "key": "fly1.3.0", "seconds": 20, "id": "t", "by": "bob", "time": ""}
    browser.append(folder, look)
    browser.snapshot(folder)
    os.utime(folder / edits.JOURNAL)
    moved = labeling.CONFIG | {"labels": {"folder": "labels/moved"}}
    (lab / "config" / "lab.yaml").write_text(yaml.safe_dump(moved))
    folder = folder.rename(folder.with_name("moved"))
    assert run(lab, "-n")[0] == set()
    assert run(lab, "-n", target=FIGURE)[0] == {"label_effort", "figure_figS4c"}
    (lab / "config" / "lab.yaml").write_text(yaml.safe_dump(labeling.CONFIG))
    folder = folder.rename(folder.with_name("lab"))

    # the folder read by itself
    monkeypatch.chdir(lab)
    out = lab / "alone.h5"
    arguments = ["import-labels", str(folder), "--config", "config/lab.yaml", "-o", str(out)]
    assert cli.main(arguments) == 0
    assert "left out: gone.5.0" in capsys.readouterr().out
    alone = containers.Labels.read(out)
    np.testing.assert_array_equal(alone.positions, found.positions)
    cli.main(["verify", "results/lab"])
    assert "holds other labels" not in capsys.readouterr().out

    browser.append(folder, *browser.by_truth(results, "fly2", [8], animal))
    planned, said = run(lab, "-n", target="results/lab/models/main/best.keras")
    assert planned == {"place_labels", "split", "train"}
    assert "results/lab/crops/fly2.h5" in said
    cli.main(["verify", "results/lab"])
    assert "note: labels/lab holds other labels than" in capsys.readouterr().out

    kept = {path.name: path.read_bytes() for path in folder.iterdir()}
    run(lab, "--cores", "1", "--delete-all-output")
    assert not (results / "labels" / "browser.h5").exists()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == kept


def test_a_damaged_journal_stops_the_plan_in_one_line(lab):
    folder = lab / "labels" / "damaged"
    folder.mkdir(parents=True)
    (folder / edits.JOURNAL).write_text('{"op": "edit"\n')
    value = labeling.CONFIG | {"labels": {"folder": "labels/damaged"}}
    (lab / "config" / "damaged.yaml").write_text(yaml.safe_dump(value))
    result = snakemake(lab, "-n", TARGET, "--configfile", "config/damaged.yaml")
    assert result.returncode == 2 and "Traceback" not in result.stderr
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert "labels/damaged/journal.jsonl: the line that ends at byte" in line
