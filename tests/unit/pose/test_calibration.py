"""Peaks' heights become probabilities: against probabilities that are known, and files."""

import json
from dataclasses import replace

import numpy as np
import pytest

from leap_core import config, skeleton
from leap_core.containers import SPLITS, Labels, Poses
from leap_core.errors import UserError
from leap_core.numerics import calibration_error, reliability
from leap_core.pose import calibration, inference, model, networks, prediction

PARTS = ["head", "tail", "wing"]
BIRD = skeleton.from_dict({"name": "bird", "parts": PARTS}, "test")
PLAIN = config.Prediction()


def expit(value):
    return 1 / (1 + np.exp(-value))


def drawn(images, slope, intercept, seed=0):
    """Heights, and errors that are small with the probability that the formula gives."""
    rng = np.random.default_rng(seed)
    inside = rng.normal(1.0, 1.5, (images, len(PARTS)))
    near = rng.random(inside.shape) < expit(slope * inside + np.array(intercept))
    return expit(inside), np.where(near, 1.0, 9.0)


def test_probabilities_that_are_known_are_found_again():
    slope, intercept = 2.0, [0.5, 2.0, 3.0]
    heights, errors = drawn(4000, slope, intercept)
    errors[::7, 1] = np.nan  # unlabeled
    found = calibration.fit(heights, errors, PARTS)
    assert found.slope == pytest.approx(slope, abs=0.1)
    assert found.intercept == pytest.approx(intercept, abs=0.15)
    assert (found.images, found.labels) == (4000, int(np.isfinite(errors).sum()))
    other, truth = drawn(4000, slope, intercept, seed=1)
    said = found.probability(other)
    assert calibration_error(reliability(said.ravel(), truth.ravel() <= 2.5)) < 0.02
    raw = calibration_error(reliability(other.ravel(), truth.ravel() <= 2.5))
    assert raw > 0.05, "as heights they mean something else"


def test_with_few_labels_parts_borrow_from_one_another_and_with_none_from_other_networks():
    heights, errors = drawn(40, 3.0, [2.0, 2.0, 2.0])
    errors[:, 2] = np.nan
    found = calibration.fit(heights, errors, PARTS)
    assert found.intercept[2] == pytest.approx(np.mean(found.intercept[:2]), abs=0.5)
    none = calibration.fit(heights[:0], errors[:0], PARTS)
    assert (none.slope, none.labels) == (pytest.approx(2.0), 0)
    assert none.intercept == pytest.approx([2.0] * 3)
    assert "no label of this animal" in none.told and "120 labels" not in none.told
    certain = calibration.fit(heights, np.zeros_like(errors), PARTS)
    assert np.isfinite([certain.slope, *certain.intercept]).all()


def test_the_weight_of_the_loss_is_undone():
    """A map's best height where a part is with probability q: q (1 + w) / (1 + w q)."""
    likely, weight = np.linspace(0.01, 0.95, 9)[:, None].repeat(3, axis=1), 3.0
    higher = likely * (1 + weight) / (1 + weight * likely)
    none = np.zeros((0, 3))
    plain = calibration.fit(none, none, PARTS).probability(likely)
    weighed = calibration.fit(none, none, PARTS, weight).probability(higher)
    assert weighed == pytest.approx(plain, abs=1e-9)


def test_no_image_is_judged_by_its_own_labels():
    heights, errors = drawn(30, 2.0, [1.0, 1.0, 1.0])
    before = calibration.crossed(heights, errors, PARTS)
    errors[4] = 9.0 - errors[4]
    after = calibration.crossed(heights, errors, PARTS)
    group = next(g for g in np.array_split(np.arange(30), calibration.GROUPS) if 4 in g)
    same = np.isclose(before, after, atol=1e-12).all(axis=1)
    assert same[group].all() and not same[np.setdiff1d(np.arange(30), group)].any()


def test_a_higher_peak_is_never_a_worse_one():
    heights, errors = drawn(200, -2.0, [0.0, 0.0, 0.0])
    assert calibration.fit(heights, errors, PARTS).slope >= 0


@pytest.fixture
def run(tmp_path):
    """An untrained network, and labels of which some were held out."""
    network = networks.build("leap_cnn", len(PARTS), 4, "float32", 0)
    parts = [{"part": p, "state": "unlabeled" if p == "wing" else "learned"} for p in PARTS]
    card = model.ModelCard(BIRD, "leap_cnn", 4, 1.0, 48, 2.0, 1, 0.5, parts=parts)
    path = tmp_path / "best.keras"
    model.write(network, replace(card, foreground_weight=3.0), path)
    rng = np.random.default_rng(0)
    count = 12
    images = rng.integers(0, 255, (count, 48, 48, 1), np.uint8)
    split = np.array([SPLITS[s] for s in ("train", "validation", "test") for _ in range(4)])
    labels = Labels(
        images=images,
        positions=rng.uniform(0, 47, (count, len(PARTS), 2)),
        status=np.ones((count, len(PARTS))),
        source=np.array(["here"] * count),
        frame=np.arange(count),
        split=split,
        skeleton=BIRD,
    )
    return path, labels


def test_a_network_says_probabilities_by_the_labels_that_were_held_out(run, capsys):
    path, labels = run
    before, _ = inference.load(path, PLAIN)
    found, table = prediction.calibrate(labels, path, PLAIN, "labels.h5")
    assert (found.images, found.labels, found.splits) == (8, 24, {"validation": 4, "test": 4})
    assert sorted(table["sample"].unique()) == list(range(4, 12))
    assert list(table["split"].unique()) == ["validation", "test"]
    assert "24 labels of 8 images that the network did not learn from" in capsys.readouterr().out
    calibration.write(path.with_name(calibration.NAME), found)
    heights = inference.load(path, PLAIN, calibrated=False)[0](labels.images)[1]
    _, sure = inference.load(path, PLAIN)[0](labels.images)
    assert sure[:, :2] == pytest.approx(found.probability(heights)[:, :2], abs=1e-6)
    assert (sure[:, 2] == 0).all(), "no label ever taught it"
    assert not np.allclose(before(labels.images)[1], sure)
    poses = prediction.predict_labels(labels, path, PLAIN, "labels.h5")
    assert poses.confidence == pytest.approx(sure)
    poses.write(path.with_name("poses.h5"))
    carried = calibration.Calibration(**Poses.read(path.with_name("poses.h5")).calibration)
    assert carried == found, "from it the heights can be had back"


def test_a_network_that_learned_from_all_is_calibrated_by_one_that_did_not(run, tmp_path, capsys):
    path, labels = run
    alone, _ = prediction.calibrate(labels, path, PLAIN, "labels.h5", of=path)
    assert not alone.held_out_run
    other = tmp_path / "all" / "best.keras"
    card = replace(model.read_card(path), all_labels=True)
    model.write(networks.build("leap_cnn", len(PARTS), 4, "float32", 1), card, other)
    capsys.readouterr()
    found, _ = prediction.calibrate(labels, path, PLAIN, "labels.h5", of=other)
    assert "that a network of the same training did not learn from" in capsys.readouterr().out
    assert replace(found, network=alone.network, held_out_run=False) == alone
    calibration.write(other.with_name(calibration.NAME), found)
    assert calibration.of_model(other, card, PLAIN) == found
    prediction.evaluate(labels, other, PLAIN, "labels.h5")
    assert "learned from every label that it was given" in capsys.readouterr().out
    prediction.evaluate(labels, path, PLAIN, "labels.h5")
    assert "WARNING" not in capsys.readouterr().out


def test_without_held_out_labels_that_is_said(run, capsys):
    path, labels = run
    split = np.full(len(labels.images), SPLITS["train"])
    found, table = prediction.calibrate(replace(labels, split=split), path, PLAIN, "labels.h5")
    assert found.labels == 0 and len(table) == 0
    assert "calibrated on no label of this animal" in capsys.readouterr().out
    calibration.write(path.with_name(calibration.NAME), found)
    card = model.read_card(path)
    assert calibration.of_model(path, card, PLAIN).intercept == pytest.approx(found.intercept)


def test_a_calibration_of_other_views_or_another_network_is_not_used_and_that_is_said(run, capsys):
    path, labels = run
    found, _ = prediction.calibrate(labels, path, PLAIN, "labels.h5")
    calibration.write(path.with_name(calibration.NAME), found)
    card = model.read_card(path)
    assert calibration.of_model(path, card, PLAIN) == found
    turned = replace(PLAIN, turns=[10, -10])
    capsys.readouterr()
    assert calibration.of_model(path, card, turned).labels == 0
    assert "calibration.json: is of other views" in capsys.readouterr().out
    weights = networks.build("leap_cnn", len(PARTS), 4, "float32", 1)
    model.write(weights, card, path)
    assert calibration.of_model(path, card, PLAIN).labels == 0
    assert "calibration.json: is of another network" in capsys.readouterr().out


@pytest.mark.parametrize(
    "key, value",
    [
        ("format", "leap-calibration/9"),
        ("parts", ["head", "tail", "fin"]),
        ("intercept", [0.0]),
        ("intercept", [0.0, None, 1.0]),
        ("slope", -1.0),
        ("slope", "steep"),
        ("views", []),
        ("colour", "red"),
    ],
)
def test_a_file_that_is_none_is_told_in_one_line(run, key, value):
    path, labels = run
    found, _ = prediction.calibrate(labels, path, PLAIN, "labels.h5")
    file = path.with_name(calibration.NAME)
    calibration.write(file, found)
    file.write_text(json.dumps(json.loads(file.read_text()) | {key: value}))
    with pytest.raises(UserError, match=r"calibration\.json: not a readable calibration"):
        inference.load(path, PLAIN)
