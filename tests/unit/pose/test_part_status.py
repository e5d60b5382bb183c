"""Which parts are learned, flat, rare or unlabeled; metrics of known errors."""

from dataclasses import replace

import numpy as np
import pytest
from fixtures.blobs import PAIR, QUICK, SMALL, blobs

from leap_core import config, containers
from leap_core.errors import UserError
from leap_core.pose import evaluation, inference, model, part_status, training


def test_flat_peak_is_the_best_constant_map():
    """Of all maps with one value everywhere, the least mean square is at the target's mean."""
    from leap_core.pose import confmaps

    target = confmaps.render(np.array([[[30.2, 33.7]]], np.float32), 64, 72, 4.0).numpy()
    values = np.linspace(0, 0.1, 2001)
    best = values[np.argmin([np.mean((v - target) ** 2) for v in values])]
    assert part_status.flat_peak(4.0, 64, 72) == pytest.approx(best, abs=1e-4)
    assert part_status.limit(4.0, 64, 72) == pytest.approx((best + 1) / 2, abs=1e-4)


def shown_peaks(images, training):
    """A network whose four maps peak at 1, at the image's highest pixel, at 0.3 and at 0.01."""
    top = images.max(axis=(1, 2, 3))
    maps = np.zeros((*images.shape[:3], 4), np.float32)
    maps[:, 5, 5] = np.stack([top * 0 + 1, top, top * 0 + 0.3, top * 0 + 0.01], axis=-1)
    return maps


def some_images(n, level=1.0):
    return np.full((n, 32, 32, 1), level, np.float32), np.full((n, 4, 2), 9.0)


def test_peaks_are_averaged_over_labeled_images_only():
    images, points = some_images(40)
    images *= np.linspace(0, 1, 40)[:, None, None, None]
    points[:30, 1] = np.nan
    points[:, 3, 0] = np.nan
    peak, count = part_status.mean_peaks(shown_peaks, images, points, None)
    np.testing.assert_allclose(peak, [1, np.linspace(0, 1, 40)[30:].mean(), 0.3, np.nan], rtol=1e-6)
    assert count.tolist() == [40, 10, 40, 0]


def test_every_part_is_learned_flat_rare_or_unlabeled():
    train, validation = some_images(40), some_images(8)
    train[1][3:, 1] = np.nan  # 3 of 40 images
    train[1][:, 3] = np.nan
    validation[1][:, 1] = np.nan
    arguments = (shown_peaks, PAIR, train, validation, 2.0)
    found = {r["part"]: r for r in part_status.check(*arguments, mirror=False)}
    states = {part: r["state"] for part, r in found.items()}
    assert states == {"head": "learned", "tail": "rare", "footL1": "flat", "footR1": "unlabeled"}
    assert [r["labels"] for r in found.values()] == [40, 3, 40, 0]
    assert [(r["split"], r["images"]) for r in found.values()] == [
        ("validation", 8), ("train", 3), ("validation", 8), ("validation", 8),
    ]  # fmt: skip
    lines = part_status.warnings(list(found.values()))
    assert len(lines) == 3 and all(line.startswith("WARNING: ") for line in lines)
    assert "footR1: no training image" in lines[0]
    assert "footL1 (peak 0.30, 40 labels): their maps stayed flat" in lines[1]
    assert "training.foreground_weight" in lines[1]
    assert "tail (peak 1.00, 3 labels): fewer than a tenth" in lines[2]
    mirrored = part_status.check(*arguments, mirror=True)
    assert mirrored[3]["state"] == "flat"  # its partner's labels teach it
    assert (mirrored[3]["labels"], mirrored[3]["images"]) == (40, 16)


def test_parts_without_labels_are_named_by_training(trained, tmp_path, capsys):
    """A part never labeled, and one labeled in one image; the mirror does not help them."""
    labels = blobs(24)
    labels.positions[:, 1] = np.nan
    labels.positions[1:, 0] = np.nan
    training.train(labels, SMALL, replace(QUICK, epochs=4), 0, tmp_path)
    printed = capsys.readouterr().out
    assert "WARNING: not learned: tail: no training image has a label" in printed
    card = model.read_card(tmp_path / "best.keras")
    states = [part["state"] for part in card.parts]
    assert states[0] in ("flat", "rare") and states[1] == "unlabeled"
    assert f"head (peak {card.parts[0]['peak']:.2f}, 1 labels)" in printed
    assert card.parts[2]["labels"] == 24
    _, confidence = inference.load(tmp_path / "best.keras", config.Prediction())[0](labels.images)
    assert np.all(confidence[:, 1] == 0) and np.all(confidence[:, 2:] != 0)
    assert model.read_card(trained[0] / "initial.keras").parts == []


def test_learned_parts_are_not_warned_about(trained):
    folder, labels, _ = trained
    parts = model.read_card(folder / "best.keras").parts
    assert [p["state"] for p in parts] == ["learned"] * 4 and part_status.warnings(parts) == []
    assert [p["labels"] for p in parts] == [48, 38, 48, 48]
    assert {(p["split"], p["images"]) for p in parts} == {("validation", 12)}  # and mirrored


def test_validation_loss_does_not_depend_on_the_weight(tmp_path):
    """Before anything is learned, two weights have the same validation loss."""
    labels = blobs(20)
    labels.split[15:] = containers.SPLITS["validation"]
    still = replace(QUICK, epochs=1, batches=1, validation_batches=2, learning_rate=1e-12)
    found = [
        training.train(labels, SMALL, replace(still, foreground_weight=w), 0, tmp_path / str(w))
        for w in (0.0, 20.0)
    ]
    for column in ("loss", "validation_loss"):
        values = [history[column].iloc[0] for history in found]
        assert values[0] == pytest.approx(values[1], rel=1e-4)


def test_no_labeled_training_image_is_an_error(tmp_path):
    labels = blobs(4)
    labels.positions[:] = np.nan
    with pytest.raises(UserError, match="no training image has a labeled part"):
        training.train(labels, SMALL, QUICK, 0, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_metrics_of_known_errors():
    errors = np.array([[0.0, 1.0, 2.0, np.nan], [3.0, 4.0, np.nan, np.nan]])
    metrics = evaluation.metrics(errors, PAIR, body_length_px=100.0)
    overall = metrics["overall"]
    assert (overall["n"], overall["mean_px"], overall["median_px"]) == (5, 2.0, 2.0)
    assert overall["within_2.5px"] == pytest.approx(3 / 5)
    assert overall["within_3pct_body"] == pytest.approx(3 / 5)  # strictly below 3 px
    assert overall["p90_px"] == pytest.approx(3.6)
    assert metrics["parts"]["footR1"]["n"] == 0
    assert metrics["groups"]["body"]["n"] == 4
    assert evaluation.body_length(blobs(50)) == pytest.approx(17, abs=0.7)
