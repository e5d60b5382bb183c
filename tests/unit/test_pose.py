import hashlib
import json
import os
import subprocess
import sys
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from leap_core import config, containers
from leap_core.containers import Labels
from leap_core.errors import UserError
from leap_core.pose import (
    augmentation,
    evaluation,
    inference,
    model,
    networks,
    part_status,
    prediction,
    schedule,
    training,
)
from leap_core.skeleton import from_dict

PAIR = from_dict(
    {
        "name": "pair",
        "parts": ["head", "tail", "footL1", "footR1"],
        "edges": [["head", "tail"]],
        "roles": {"axis": ["tail", "head"], "center": "tail"},
        "groups": {"body": ["head", "tail"]},
    }
)


PAPER = config.Training(**config.REGIMES["full"])


def blobs(n, side=32, seed=0, skeleton=PAIR):
    """Images of four blobs of different sizes at known sub-pixel places, far enough apart."""
    rng = np.random.default_rng(seed)
    base = np.array([[24, 16], [7, 16], [16, 7], [16, 25]], float) * side / 32
    points = base + rng.uniform(-3, 3, (n, 4, 2)) * side / 32
    y, x = np.mgrid[:side, :side]
    images = np.zeros((n, side, side))
    for joint, (size, level) in enumerate([(2.5, 250), (1.2, 250), (1.5, 120), (1.5, 120)]):
        dx = x - points[:, joint, 0, None, None]
        dy = y - points[:, joint, 1, None, None]
        images += level * np.exp(-(dx**2 + dy**2) / (2 * (size * side / 32) ** 2))
    return Labels(
        images=np.clip(images, 0, 255)[..., None].astype(np.uint8),
        positions=points,
        status=np.ones((n, 4)),
        source=np.array(["blobs"] * n),
        frame=np.arange(n),
        split=np.zeros(n),
        skeleton=skeleton,
    )


def test_confidence_map_is_the_gaussian_of_the_paper():
    from leap_core.pose import confmaps

    points = np.array([[[20.25, 11.5], [np.nan, 3.0]]], np.float32)
    maps = confmaps.render(points, 24, 40, sigma=5.0).numpy()
    assert maps.shape == (1, 24, 40, 2)
    y, x = np.mgrid[:24, :40]
    expected = np.exp(-((x - 20.25) ** 2 + (y - 11.5) ** 2) / (2 * 5**2))
    np.testing.assert_allclose(maps[0, ..., 0], expected, atol=1e-6)
    assert np.all(maps[0, ..., 1] == 0)


@pytest.mark.parametrize("weight", [0.0, 7.0])
def test_loss_of_empty_maps_is_the_sum_of_gaussians(weight):
    """Sums over a Gaussian of peak 1: t^2 gives pi s^2, t^3 gives 2 pi s^2 / 3."""
    from leap_core.pose import loss

    sigma, side = 2.0, 40
    points = np.array([[[19.3, 20.6], [np.nan, np.nan], [17.0, 22.2]]], np.float32)
    maps = np.zeros((1, side, side, 3), np.float32)
    found = float(loss.square_error(maps, points, sigma, weight))
    expected = np.pi * sigma**2 * (1 + weight * 2 / 3) / side**2
    assert found == pytest.approx(expected, rel=1e-4)


def test_loss_weighs_every_pixel_by_its_target():
    from leap_core.pose import loss

    rng = np.random.default_rng(0)
    points = rng.uniform(0, 8, (2, 3, 2)).astype(np.float32)
    points[1, 2] = np.nan
    maps = rng.normal(size=(2, 8, 8, 3)).astype(np.float32)
    total = []
    for sample, part in ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1)):
        cells = []
        for y in range(8):
            for x in range(8):
                away = (x - points[sample, part, 0]) ** 2 + (y - points[sample, part, 1]) ** 2
                target = np.exp(-away / (2 * 1.5**2))
                cells.append((1 + 3 * target) * (maps[sample, y, x, part] - target) ** 2)
        total.append(np.mean(cells))
    assert float(loss.square_error(maps, points, 1.5, 3.0)) == pytest.approx(np.mean(total))


def test_unlabeled_parts_weigh_nothing():
    import tensorflow as tf

    from leap_core.pose import loss

    points = np.array([[[4.0, 4.0], [np.nan, 3.0]]], np.float32)
    maps = tf.Variable(np.random.default_rng(0).normal(size=(1, 8, 8, 2)).astype(np.float32))
    with tf.GradientTape() as tape:
        value = loss.square_error(maps, points, 1.5, 10.0)
    slope = tape.gradient(value, maps).numpy()
    assert np.all(slope[..., 1] == 0) and np.all(slope[..., 0] != 0)
    assert float(loss.square_error(maps, np.full_like(points, np.nan), 1.5, 10.0)) == 0


def test_peaks_recover_sub_pixel_positions():
    from leap_core.pose import confmaps

    rng = np.random.default_rng(1)
    points = rng.uniform(4, 27, (8, 6, 2)).astype(np.float32)
    maps = confmaps.render(points, 32, 32, sigma=2.5)
    refined, value = confmaps.peaks(maps)
    whole, _ = confmaps.peaks(maps, "none")
    assert np.abs(refined - points).max() < 0.05
    np.testing.assert_array_equal(whole, np.round(points))
    assert value.numpy().min() > 0.9


def test_global_maximum_is_joint_over_both_axes():
    """Two ridges fool two separate arg-max over rows and columns; the joint one is not fooled."""
    from leap_core.pose import confmaps

    image = np.zeros((1, 9, 9, 1), np.float32)
    image[0, 2, :, 0] = 0.5
    image[0, :, 7, 0] = 0.5
    image[0, 6, 1, 0] = 0.9
    xy, value = confmaps.peaks(image, "none")
    assert xy.numpy().tolist() == [[[1, 6]]]
    assert value.numpy() == pytest.approx(0.9)


def test_peak_at_the_border_stays_inside():
    from leap_core.pose import confmaps

    image = np.zeros((1, 6, 6, 1), np.float32)
    image[0, 0, 5, 0] = 1
    xy, _ = confmaps.peaks(image)
    assert xy.numpy().tolist() == [[[5, 0]]]


def test_multiplications_of_leap_cnn_are_those_of_its_layers():
    """Widths of Supplementary Figure 5a; a 3 x 3 layer costs 9 for each pixel and pair of channels.

    A transposed convolution to twice the size does so for every pixel that it starts from.
    """
    whole, half, quarter = 192**2, 96**2, 48**2
    pairs = whole * (1 * 64 + 2 * 64 * 64) + half * (64 * 128 + 2 * 128 * 128)
    pairs += quarter * (128 * 256 + 2 * 256 * 256 + 256 * 128)  # the last to half the size
    pairs += half * (2 * 128 * 128 + 128 * 32)  # the last to the whole
    network = networks.build("leap_cnn", 32, 64)
    assert networks.multiply_adds(network, 192, 192) == 9 * pairs
    assert 2 * 9 * pairs == pytest.approx(26.6e9, rel=0.01)


@pytest.mark.parametrize(("filters", "count"), [(64, 2_545_952), (32, 646_304)])
def test_leap_cnn_has_the_published_number_of_parameters(filters, count):
    assert networks.build("leap_cnn", 32, filters).count_params() == count


def test_network_keeps_image_size():
    network = networks.build("leap_cnn", 5, 2)
    assert network(np.zeros((2, 24, 36, 1))).shape == (2, 24, 36, 5)


def test_points_follow_their_pixels_through_every_augmentation():
    """A bright dot in the image must stay under its point, mirrored, turned, scaled, shifted."""
    settings = replace(PAPER, rotation_deg=40, scale=0.2, shift_px=4, mirror=True)
    labels = blobs(40, side=64)
    images = np.zeros((40, 64, 64, 1), np.float32)
    for k, (x, y) in enumerate(np.round(labels.positions[:, 3]).astype(int)):
        images[k, y - 1 : y + 2, x - 1 : x + 2] = 1
    points = np.round(labels.positions)
    swap = np.array(PAIR.swap)
    out, moved = augmentation.augment(images, points, swap, settings, 1.0, np.random.default_rng(3))
    y, x = np.mgrid[:64, :64]
    mirrored = 0
    for k in range(40):
        weight = out[k, ..., 0]
        centre = np.array([(weight * x).sum(), (weight * y).sum()]) / weight.sum()
        errors = np.linalg.norm(moved[k] - centre, axis=1)
        assert np.argmin(errors) in (2, 3)  # the right foot, or the left one in a mirror image
        assert errors.min() < 0.3
        mirrored += int(np.argmin(errors) == 2)
    assert 8 < mirrored < 32


def test_shrunken_points_stay_on_their_pixels():
    labels = blobs(3, side=64)
    dots = np.zeros((3, 64, 64, 1), np.uint8)
    at = np.round(labels.positions[:, 0]).astype(int) // 4 * 4
    for k, (x, y) in enumerate(at):
        dots[k, y : y + 4, x : x + 4] = 255
    small = augmentation.shrink(dots, 0.25)
    expected = augmentation.shrink_points(at + 1.5, 0.25)
    for k in range(3):
        y, x = np.unravel_index(np.argmax(small[k, ..., 0]), (16, 16))
        np.testing.assert_allclose([x, y], expected[k])
    np.testing.assert_allclose(augmentation.grow_points(expected, 0.25), at + 1.5)


def test_mask_imitation_removes_dim_pixels_only():
    settings = replace(PAPER, rotation_deg=0, mirror=False, mask=[100.0, 100.0], mask_share=1.0)
    image = np.linspace(0, 1, 32 * 32, dtype=np.float32).reshape(1, 32, 32, 1)
    out, _ = augmentation.augment(
        image, np.zeros((1, 1, 2)), np.array([0]), settings, 1.0, np.random.default_rng(0)
    )
    dim = image < 100 / 255
    assert np.all(out[dim] == 0)
    np.testing.assert_allclose(out[~dim], image[~dim], atol=1e-6)


def test_plateau_follows_the_papers_rule():
    plateau = schedule.Plateau(1e-3)
    rates = []
    for loss in (1.0, 0.5, 0.5, 0.5 - 5e-6, 0.5, 0.4, 0.4, 0.4, 0.4):
        plateau.after_epoch(loss)
        rates.append(plateau.rate)
    np.testing.assert_allclose(rates, [1e-3] * 4 + [1e-4] * 4 + [1e-5])


def test_rate_rises_evenly_and_stays():
    factors = [schedule.warmup(step, 4) for step in range(6)]
    np.testing.assert_allclose(factors, [0.25, 0.5, 0.75, 1, 1, 1])
    assert schedule.warmup(0, 0) == schedule.warmup(0, 0.4) == 1


SMALL = config.Model(filters=8, sigma=2.0)
QUICK = config.Training(
    epochs=6, batches=25, batch_size=8, schedule="cosine", learning_rate=3e-3, rotation_deg=10
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A network trained on 48 blob images with a sixth held out; some labels missing."""
    folder = tmp_path_factory.mktemp("run")
    labels = blobs(60)
    labels.split[48:54] = containers.SPLITS["validation"]
    labels.split[54:] = containers.SPLITS["test"]
    labels.positions[5:15, 1] = np.nan
    history = training.train(labels, SMALL, QUICK, 0, folder, {"seed": 0})
    return folder, labels, history


def test_training_learns_known_positions(trained):
    folder, _, history = trained
    assert history["validation_loss"].iloc[-1] < 0.5 * history["validation_loss"].iloc[0]
    fresh = blobs(40, seed=99)
    metrics, table = prediction.evaluate(
        fresh, folder / "best.keras", config.Prediction(), "fresh.h5"
    )
    assert metrics["split"] == "all"
    assert metrics["overall"]["median_px"] < 0.7
    assert len(table) == 160
    assert list((folder).glob("*.keras"))


def test_training_twice_gives_the_same_bytes(trained, tmp_path):
    folder, labels, _ = trained
    training.train(labels, SMALL, QUICK, 0, tmp_path, {"seed": 0})
    for name in ("best.keras", "best.json", "last.keras", "history.csv"):
        digests = [hashlib.sha256((f / name).read_bytes()).digest() for f in (folder, tmp_path)]
        assert digests[0] == digests[1], name


def test_evaluation_uses_the_test_split_when_there_is_one(trained):
    folder, labels, _ = trained
    metrics, table = prediction.evaluate(labels, folder / "best.keras", config.Prediction(), "l.h5")
    assert (metrics["split"], metrics["samples"]) == ("test", 6)
    assert set(table["sample"]) == set(range(54, 60))


@pytest.fixture
def crops(trained, tmp_path):
    """The blob images as crops, the third one unreadable."""
    _, labels, _ = trained
    path = tmp_path / "crops.h5"
    n = len(labels.images)
    valid = np.arange(n) != 2
    with containers.create_crops(path, (32, 32, 1)) as writer:
        writer.set(recording="r", fps=100.0)
        writer.append(labels.images, np.arange(n), valid, np.zeros((n, 2)), np.zeros(n))
    return path


def test_chunks_and_batch_size_do_not_change_poses(trained, crops):
    folder, _, _ = trained
    whole = inference.predict_crops(crops, folder / "best.keras", config.Prediction())
    small = config.Prediction(batch_size=3)
    parts = [inference.predict_crops(crops, folder / "best.keras", small, k, 3) for k in (1, 2, 3)]
    joined = inference.gather(parts, ["1", "2", "3"], np.arange(60))
    assert np.isnan(whole.positions[2]).all() and not whole.valid[2]
    assert np.isfinite(np.delete(whole.positions, 2, axis=0)).all()
    np.testing.assert_allclose(joined.positions, whole.positions, atol=0.02)


def test_the_number_of_cores_does_not_change_poses(trained, crops, tmp_path):
    """The tolerance of docs/prediction.md, between one core and all of them."""
    folder, _, _ = trained
    program = """
import os, sys
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(sys.argv[1])])
from leap_core import config
from leap_core.pose import inference
poses = inference.predict_crops(sys.argv[2], sys.argv[3], config.Prediction())
poses.write(sys.argv[4])
"""
    found = []
    for cores in (1, len(os.sched_getaffinity(0))):
        out = tmp_path / f"{cores}.h5"
        given = [str(cores), str(crops), str(folder / "best.keras"), str(out)]
        subprocess.run([sys.executable, "-c", program, *given], check=True, capture_output=True)
        found.append(containers.Poses.read(out).positions)
    np.testing.assert_allclose(*found, atol=0.02)


def test_gather_refuses_gaps_and_doubles(trained, crops):
    folder, _, _ = trained
    parts = [
        inference.predict_crops(crops, folder / "best.keras", config.Prediction(), k, 3)
        for k in (1, 2, 3)
    ]
    frames = np.arange(60)
    with pytest.raises(UserError, match="c3: its frames do not follow frame 19"):
        inference.gather([parts[0], parts[2]], ["c1", "c3"], frames)
    with pytest.raises(UserError, match="c1: its frames do not follow"):
        inference.gather([parts[0], parts[0]], ["c1", "c1"], frames)
    with pytest.raises(UserError, match="40 of 60 frames"):
        inference.gather(parts[:2], ["c1", "c2"], frames)


def test_wrong_image_size_names_both(trained):
    folder, _, _ = trained
    with pytest.raises(UserError, match="images are 64x64 .* trained on 32x32"):
        prediction.evaluate(blobs(2, side=64), folder / "best.keras", config.Prediction(), "big.h5")


def test_model_of_another_skeleton_is_named(trained):
    folder, _, _ = trained
    other = from_dict({"parts": ["head", "tail", "footL1", "wing"]})
    labels = blobs(3, skeleton=other)
    with pytest.raises(UserError, match="best.keras: the model's parts differ .* lacks 'wing'"):
        prediction.evaluate(labels, folder / "best.keras", config.Prediction(), "l.h5")


def test_model_files_of_two_runs_are_noticed(trained, tmp_path):
    folder, _, _ = trained
    (tmp_path / "best.keras").write_bytes((folder / "best.keras").read_bytes())
    card = json.loads((folder / "best.json").read_text())
    (tmp_path / "best.json").write_text(json.dumps(card | {"filters": 16}))
    with pytest.raises(UserError, match="do not fit leap_cnn with 16 filters"):
        model.read(tmp_path / "best.keras")
    (tmp_path / "best.json").write_text("{}")
    with pytest.raises(UserError, match="not a readable model description"):
        model.read(tmp_path / "best.keras")
    with pytest.raises(UserError, match="no such model file"):
        model.read(tmp_path / "none.keras")
    (tmp_path / "best.json").write_text(json.dumps(card))
    (tmp_path / "best.keras").write_bytes(b"not an archive")
    with pytest.raises(UserError, match="not a readable Keras model"):
        model.read(tmp_path / "best.keras")


def test_saved_archive_carries_no_dates(trained):
    folder, _, _ = trained
    with zipfile.ZipFile(folder / "best.keras") as archive:
        assert {i.date_time for i in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert json.loads(archive.read("metadata.json"))["date_saved"].startswith("1980")


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
