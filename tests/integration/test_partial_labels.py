"""Labels with missing parts, on whole images, from the label file to the errors of a network."""

import csv
import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
import yaml
from fixtures.checkout import fresh_copy, snakemake

from leap_core import cli, config, containers, labels, skeleton, sources
from leap_core.io import atomic
from leap_core.labels import alignment
from leap_core.pose import model, networks, training

PARTS = ["snout", "earL", "earR", "tailbase"]
MOUSE = {"name": "m", "parts": PARTS, "roles": {"axis": ["tailbase", "snout"]}}
NETWORK = {"network": "unet", "filters": 8, "sigma": 2.0}


def write_mouse(folder, count=30, labeled=lambda k: range(4)):
    """A DeepLabCut table and its images, 44 x 36 px: a dark mouse on white, turned all ways."""
    rng = np.random.default_rng(1)
    y, x = np.mgrid[:36, :44].astype(float)
    folder.mkdir()
    table = [["scorer", *["me"] * 8], ["bodyparts", *np.repeat(PARTS, 2)]]
    table.append(["coords", *["x", "y"] * 4])
    for k in range(count):
        turn, place = rng.uniform(-3, 3), rng.uniform([18, 16], [26, 20])
        cos, sin = np.cos(turn), np.sin(turn)
        points = np.array([[9, 0], [6, -4], [6, 4], [-9, 0]]) @ [[cos, sin], [-sin, cos]] + place
        image = np.full((36, 44), 250.0)
        for (px, py), size, depth in zip(
            points, (1.5, 1.2, 1.2, 2.5), (230, 120, 120, 200), strict=True
        ):
            image -= depth * np.exp(-((x - px) ** 2 + (y - py) ** 2) / (2 * size**2))
        cv2.imwrite(str(folder / f"i{k}.png"), np.clip(image, 0, 255).astype(np.uint8))
        cells = [["", ""]] * 4
        for part in labeled(k):
            cells[part] = [f"{v:.3f}" for v in points[part]]
        table.append([f"labeled-data/i{k}.png", *np.ravel(cells)])
    with (folder / "CollectedData.csv").open("w", newline="") as file:
        csv.writer(file).writerows(table)
    return folder / "CollectedData.csv"


def write_config(folder, source, **keys):
    value = {"dataset": "d", "skeleton": str(folder / "m.yaml"), "gait": {"enabled": False}}
    value |= {"videos": [{"id": "v", "path": "v.mp4"}], "model": NETWORK}
    value |= {"labels": {"sources": [{"id": "set", "path": str(source)}]}, "crop": {"size": 48}}
    for name, section in keys.items():
        value[name] = value.get(name, {}) | section
    (folder / "m.yaml").write_text(yaml.safe_dump(MOUSE))
    (folder / "c.yaml").write_text(yaml.safe_dump(value))
    return folder / "c.yaml"


@pytest.fixture
def leap(capsys):
    """Runs the command; returns what it printed, or where words are given, refuses in one line."""

    def run(*arguments, fails=()):
        status = cli.main([str(a) for a in arguments])
        out, err = capsys.readouterr()
        if not fails:
            assert status == 0, err
            return out
        lines = err.splitlines()
        assert status == 2 and len(lines) == 1 and lines[0].startswith("error: "), (status, err)
        for word in fails:
            assert word in lines[0], lines[0]

    return run


def test_partial_labels_on_whole_images_train_and_evaluate(leap, tmp_path):
    # a fifth of the images lacks an ear, some show snout and tail only, a tenth has no label
    kinds = {0: [0, 1, 3], 1: [0, 2, 3], 2: [0, 3], 9: []}
    source = write_mouse(tmp_path / "set", 40, lambda k: kinds.get(k % 10, range(4)))
    path = write_config(tmp_path, source, crop={"pad": True})
    out = leap("import-labels", source, "--config", path, "-o", tmp_path / "l.h5")
    assert "24 complete, 12 partial, 4 empty" in out
    assert "48 x 48 px, 44 x 36 px with black around" in out
    settings = config.read(path)
    found = containers.Labels.read(tmp_path / "l.h5")
    assert found.images.shape == (40, 48, 48, 1)
    merged = labels.split(labels.merge([found], 48), settings.split, 0)
    merged.write(tmp_path / "labels.h5")
    quick = replace(settings.training, epochs=4, batches=25, learning_rate=4e-3, rotation_deg=180)
    training.train(merged, settings.model, quick, 0, tmp_path / "run")
    best = tmp_path / "run" / "best.keras"
    metrics = tmp_path / "m.json"
    leap("evaluate", "--model", best, "--labels", tmp_path / "labels.h5", "-o", metrics)
    value = json.loads(metrics.read_text())["overall"]
    test = merged.positions[merged.select("test")]
    assert value["n"] == np.isfinite(test[..., 0]).sum()
    # a guess at the usual place, without a look at the image, errs by about 9 px
    assert value["median_px"] < 1.5


def test_labels_that_cannot_be_used_are_named(leap, tmp_path):
    source = write_mouse(tmp_path / "set", 3, lambda k: [])
    path = write_config(tmp_path, source)
    imported = ("import-labels", source, "--config", path, "-o", tmp_path / "l.h5")
    assert "0 complete, 0 partial, 3 empty" in leap(*imported)
    networks_card = model.ModelCard(skeleton.from_dict(MOUSE), "unet", 8, 1.0, 48, 2.0, 1, 0.5)
    best = tmp_path / "best.keras"
    model.write(networks.build("unet", 4, 8), networks_card, best)
    judge = ("evaluate", "--model", best, "--labels", tmp_path / "l.h5")
    leap(*judge, fails=["l.h5", "44x36", "48x48"])
    write_config(tmp_path, source, crop={"pad": True})
    leap(*imported)
    leap(*judge, fails=["l.h5", "no image has a labeled part", "label some"])
    # the skeleton is that of another set
    (tmp_path / "m.yaml").write_text(yaml.safe_dump({"name": "m", "parts": ["earL", "nose"]}))
    leap(*imported, fails=["CollectedData.csv", "'snout'", "skeleton m", "rename it"])
    # images that the crops, and crops that the network, cannot take
    write_config(tmp_path, source, crop={"size": 32, "pad": True})
    leap(*imported, fails=["set", "44 x 36 px", "`crop.size` 32", "raise it"])
    write_config(tmp_path, source, crop={"size": 40})
    leap(*imported, fails=["c.yaml", "`crop.size`", "40", "multiple of 16 for unet"])


@pytest.mark.parametrize("named", [n for n in networks.NETWORKS if n != "unet"])
def test_a_network_beside_the_description_of_another_is_refused(named, leap, tmp_path):
    parts = skeleton.from_dict(MOUSE)
    best = tmp_path / "best.keras"
    card = model.ModelCard(parts, "unet", 8, 1.0, 48, 2.0, 1, 0.5)
    model.write(networks.build("unet", 4, 8), card, best)
    atomic.write_json(tmp_path / "best.json", card.to_dict() | {"network": named})
    source = write_mouse(tmp_path / "set", 2)
    path = write_config(tmp_path, source, crop={"pad": True})
    leap("import-labels", source, "--config", path, "-o", tmp_path / "l.h5")
    words = ["best.keras", f"do not fit {named} with 8 filters and 4 parts", "of two runs"]
    leap("evaluate", "--model", best, "--labels", tmp_path / "l.h5", fails=words)


def test_a_checkpoint_of_another_network_is_told_and_not_used(tmp_path, capsys):
    source = write_mouse(tmp_path / "set", 4)
    found = labels.read(source, skeleton.from_dict(MOUSE))
    found = labels.split(alignment.pad(found, 48), config.Split(1, 0, 0), 0)
    quick = config.Training(epochs=2, batches=1, batch_size=2)
    unet, path = config.Model("unet", 4), tmp_path / "checkpoint.h5"

    def die(_, card, loss):
        if card.epoch == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        training.train(found, unet, quick, 0, tmp_path / "a", None, path, die)
    other = replace(unet, network="leap_cnn")
    training.train(found, other, quick, 0, tmp_path / "b", None, path)
    out = capsys.readouterr().out
    assert f"training starts anew: {path} is of no use" in out and "other model\n" in out
    assert json.loads((tmp_path / "b" / "best.json").read_text())["network"] == "leap_cnn"


def test_one_labeled_image_ends_the_workflow_in_one_line(root, tmp_path):
    folder = fresh_copy(root, tmp_path / "clone")
    source = write_mouse(tmp_path / "set", 3, lambda k: range(4) if k == 1 else [])
    path = write_config(tmp_path, source, crop={"pad": True})
    target = ("results/d/labels/labels.h5", "--configfile", str(path))
    result = snakemake(folder, "--cores", "1", *target)
    assert result.returncode != 0
    # the script says it, and Snakemake shows its log
    lines = {line for line in result.stderr.splitlines() if line.startswith("error: ")}
    assert len(lines) == 1
    line = lines.pop()
    assert "labels set: 1 of 3 samples are labeled" in line
    assert "label at least 3 images" in line
    assert "Traceback" not in (folder / "results/d/logs/split.log").read_text()


def test_labels_without_videos_are_planned_up_to_the_network(root, tmp_path):
    folder = fresh_copy(root, tmp_path / "clone")
    path = write_config(tmp_path, write_mouse(tmp_path / "set", 3), crop={"pad": True})
    value = yaml.safe_load(path.read_text())
    del value["videos"], value["gait"]
    path.write_text(yaml.safe_dump(value))
    result = snakemake(folder, "-n", "--configfile", str(path))
    assert result.returncode == 0, result.stderr
    rules = {line.split()[1] for line in result.stdout.splitlines() if line.startswith("rule ")}
    rules = {rule.rstrip(":") for rule in rules}
    assert {"import_labels", "split", "train", "evaluate", "summary", "figure_worst"} <= rules
    assert not rules & {"track", "crop", "predict", "notes", "behavior_map", "figure_fig1d"}
    # a side without partner is told before anything runs
    (tmp_path / "m.yaml").write_text(yaml.safe_dump(MOUSE | {"parts": [*PARTS, "left_eye"]}))
    result = snakemake(folder, "-n", "--configfile", str(path))
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert result.returncode == 2 and "m.yaml: part 'left_eye'" in line
    assert "`training.mirror: false`" in line


@pytest.mark.parametrize("name", ["mouse_openfield", "mouse_mirror"])
def test_real_mice_train_and_evaluate(name, root, data, leap, tmp_path, monkeypatch):
    monkeypatch.chdir(root)
    monkeypatch.setenv("LEAP_DATA", str(data))
    settings = config.read(f"config/{name}.yaml")
    source = sources.find_source(settings.labels.sources[0].path)
    if source is None:
        pytest.skip(f"real data absent: {settings.labels.sources[0].path}")
    leap("import-labels", source, "--config", f"config/{name}.yaml", "-o", tmp_path / "l.h5")
    found = containers.Labels.read(tmp_path / "l.h5")
    merged = labels.split(labels.merge([found], settings.crop.size), settings.split, 0)
    merged.write(tmp_path / "labels.h5")
    small = replace(settings.model, filters=4)
    quick = replace(settings.training, epochs=1, batches=3, batch_size=4)
    training.train(merged, small, quick, 0, tmp_path)
    told = leap("evaluate", "--model", tmp_path / "best.keras", "--labels", tmp_path / "labels.h5")
    assert all(part in told for part in merged.skeleton.parts)
