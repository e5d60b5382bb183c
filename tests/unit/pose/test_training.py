"""Networks, one step of learning, light in training images, and experiments."""

import os
from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from fixtures.blobs import PAIR, SMALL, blobs

from leap_core import config, containers, skeleton
from leap_core.containers import Trial
from leap_core.errors import UserError
from leap_core.pose import (
    augmentation,
    confmaps,
    experiments,
    inference,
    model,
    networks,
    prediction,
    rotation,
    training,
    training_step,
)

UNET = config.Model(network="unet", filters=8, sigma=2.0)
QUICK = config.Training(epochs=6, batches=25, batch_size=8, learning_rate=3e-3)


@pytest.mark.parametrize(
    ("name", "count"),
    # LEAP: 2,545,952.  Hourglasses by hand: a bottleneck of 64 has 2080 + 9248 + 2112 weights, from
    # one channel 64 + 9248 + 2112 + 128, a transposed convolution 36,928, the last layers 18,464
    # and 2080 + 9248 + 1056 + 2080
    [
        ("leap_cnn", 2_545_952),
        ("hourglass", 11_552 + 8 * 13_440 + 4 * 36_928 + 18_464),
        ("stacked_hourglass", 11_552 + 17 * 13_440 + 8 * 36_928 + 2 * 14_464),
    ],
)
def test_networks_have_the_parameters_of_their_description(name, count):
    assert networks.build(name, 32, 64).count_params() == count


@pytest.mark.parametrize("name", networks.NETWORKS)
def test_maps_are_as_large_as_the_table_says(name):
    side = config.MULTIPLE_OF[name]
    images = np.zeros((1, 2 * side, 3 * side, 1), np.float32)
    shrinks = networks.NETWORKS[name].shrinks
    for maps in networks.maps_of(networks.build(name, 3, 4), images):
        assert maps.shape == (1, 2 * side // shrinks, 3 * side // shrinks, 3)
        assert maps.dtype == tf.float32


def test_unet_finds_known_positions_from_maps_of_half_the_size(tmp_path):
    labels = blobs(54)
    labels.split[48:] = containers.SPLITS["validation"]
    training.train(labels, UNET, QUICK, 0, tmp_path)
    fresh = blobs(40, seed=99)
    settings = config.Prediction()
    metrics, _ = prediction.evaluate(fresh, tmp_path / "best.keras", settings, "fresh.h5")
    assert metrics["overall"]["median_px"] < 0.7
    # with mirror averaging the mirror image has exactly the mirror positions
    twin_of = replace(
        fresh,
        images=fresh.images[:, ::-1],
        positions=augmentation.mirror(fresh.positions, np.array(PAIR.swap), 32),
    )
    both = config.Prediction(mirror=True)
    ours = prediction.predict_labels(fresh, tmp_path / "best.keras", both, "x").positions
    theirs = prediction.predict_labels(twin_of, tmp_path / "best.keras", both, "x").positions
    mirrored = augmentation.mirror(ours, np.array(PAIR.swap), 32)
    np.testing.assert_allclose(theirs, mirrored, atol=0.02)


def images_and_points(n=8):
    labels = blobs(n)
    return (labels.images / 255).astype(np.float32), labels.positions.astype(np.float32)


def test_every_set_of_maps_is_trained():
    network = networks.build("stacked_hourglass", 5, 8)
    before = network.get_weights()
    images, points = images_and_points()
    points = np.concatenate([points, points[:, :1]], axis=1)
    training_step.make(network, 1, config.Training(), 2.0).learn((images, points), 1e-3)
    # the kernels that end in five channels: four before each of the two sets of maps
    last = [k for k, weights in enumerate(before) if weights.ndim == 4 and weights.shape[-1] == 5]
    assert len(last) == 8
    for k in last:
        assert not np.array_equal(before[k], network.get_weights()[k])


def test_the_mean_of_weights_is_the_recursion_and_counts_where_judged():
    network = networks.build("leap_cnn", 4, 2)
    learner = training_step.make(network, 1, config.Training(averaging=0.5), 2.0)
    mean = network.get_weights()[0]
    for step, keep in enumerate((1 / 11, 2 / 12, 3 / 13), start=1):
        learner.learn(images_and_points(), 1e-2 * step)
        mean = keep * mean + (1 - keep) * network.get_weights()[0]
    last = network.get_weights()
    with learner.evaluated() as evaluated:
        np.testing.assert_allclose(evaluated.get_weights()[0], mean, rtol=1e-5, atol=1e-6)
        assert not np.allclose(mean, last[0])
    np.testing.assert_array_equal(network.get_weights()[0], last[0])


def test_training_ends_early_when_nothing_gets_better(tmp_path, capsys):
    labels = blobs(12)
    labels.split[8:] = containers.SPLITS["validation"]
    still = config.Training(
        epochs=9, batches=1, validation_batches=1, batch_size=2, learning_rate=1e-30, patience=2
    )
    history = training.train(labels, replace(SMALL, filters=2), still, 0, tmp_path)
    assert history["epoch"].tolist() == [1, 2, 3]
    assert "no better validation loss in 2 epochs" in capsys.readouterr().out
    assert model.read_card(tmp_path / "best.keras").epoch == 1


def test_mirrored_images_need_both_sides(tmp_path, capsys):
    """A sure side without partner stops; one that may be none is told, and nothing is mirrored."""

    def train(third, fourth, split="train", **settings):
        parts = ["head", "tail", third, fourth]
        labels = blobs(4, skeleton=skeleton.from_dict({"name": "s", "parts": parts}))
        labels.split[:] = containers.SPLITS[split]
        drawn = config.Training(epochs=1, batches=1, batch_size=2, **settings)
        training.train(labels, replace(SMALL, filters=2), drawn, 0, tmp_path)
        return capsys.readouterr().out

    weights = tmp_path / "last.keras"
    with pytest.raises(UserError, match="no training image"):
        train("left_foot", "right_foot", "none")
    assert "left_foot/right_foot change places, head, tail stay" in capsys.readouterr().out
    told = train("footL", "belly")
    assert "WARNING: no mirrored images" in told and "footL" in told
    unmirrored = weights.read_bytes()
    train("footL", "belly", mirror=False)
    assert weights.read_bytes() == unmirrored
    with pytest.raises(UserError, match="part 'left_foot' .* `training.mirror: false`"):
        train("left_foot", "belly")


@pytest.mark.parametrize("setting", ["contrast", "brightness", "noise", "blur_px", "specks"])
def test_each_change_of_light_is_what_its_name_says(setting):
    y, x = np.mgrid[:64, :64]
    image = (0.2 + 0.5 * np.exp(-((x - 30) ** 2 + (y - 33) ** 2) / 50)).astype(np.float32)
    none = config.Training()
    one = replace(none, **{setting: 3 if setting == "specks" else 0.5})
    plain = replace(none, contrast=0, brightness=0, noise=0, blur_px=0, specks=0)
    assert augmentation.relight(image, plain, 1.0, np.random.default_rng(0)) is image
    only = replace(plain, **{setting: getattr(one, setting)})
    seen = [augmentation.relight(image, only, 1.0, np.random.default_rng(k)) for k in range(40)]
    assert all(s.dtype == np.float32 and s.shape == image.shape for s in seen)
    changes = np.array([s - image for s in seen])
    if setting == "contrast":
        factors = np.array([s / image for s in seen])
        assert np.ptp(factors, axis=(1, 2)).max() < 1e-5
        assert 0.5 < factors.min() < 0.65 and 1.35 < factors.max() < 1.5
    if setting == "brightness":
        assert np.ptp(changes, axis=(1, 2)).max() < 1e-6
        assert -0.5 < changes.min() < -0.35 and 0.35 < changes.max() < 0.5
    if setting == "noise":
        strengths = changes.std(axis=(1, 2))
        assert strengths.min() < 0.05 and 0.4 < strengths.max() < 0.52
        assert abs(changes.mean()) < 0.01
    if setting == "blur_px":
        np.testing.assert_allclose([s.sum() for s in seen], image.sum(), rtol=1e-3)
        assert image.max() - 0.02 < min(s.max() for s in seen) < image.max()
    if setting == "specks":
        share = (changes != 0).mean(axis=(1, 2))
        assert share.min() == 0 and 0 < share.max() <= 3 * 13**2 / 64**2


def test_smoothing_finds_the_peak_of_a_noisy_map():
    """A matched filter: better than the highest pixel's parabola, and exact without noise."""
    points = np.random.default_rng(0).uniform(6, 58, (4, 8, 2)).astype(np.float32)
    maps = confmaps.render(tf.constant(points), 64, 64, 2.5)
    noisy = maps.numpy() + 0.1 * np.random.default_rng(1).standard_normal(maps.shape).astype(
        np.float32
    )
    rms = {}
    for refine in ("quadratic", "smooth"):
        found, peak = confmaps.peaks(noisy, refine, 2.5)
        rms[refine] = float(np.sqrt(np.mean((found - points) ** 2)))
        np.testing.assert_allclose(peak, noisy.max(axis=(1, 2)))
    assert rms["smooth"] < 0.5 * rms["quadratic"]
    found, _ = confmaps.peaks(maps, "smooth", 2.5)
    np.testing.assert_allclose(found, points, atol=0.02)


@pytest.mark.parametrize("corner", [(0, 0), (63, 0), (0, 63), (63, 63), (31.4, 0)])
def test_smoothing_stays_inside_the_image(corner):
    maps = confmaps.render(tf.constant([[corner]], tf.float32), 64, 64, 2.5)
    found, _ = confmaps.peaks(maps, "smooth", 2.5)
    np.testing.assert_allclose(found[0, 0], corner, atol=0.6)
    assert np.all(found >= 0) and np.all(found <= 63)


def test_turned_labels_stay_on_their_pixels():
    image = np.zeros((1, 33, 33, 1), np.uint8)
    image[0, 16, 26] = 255  # 10 px to the right of the centre
    spots = np.array([[[26.0, 16.0], [32.0, 32.0]]])
    for angle, place in ((90, (16, 26)), (180, (6, 16)), (-90, (16, 6))):
        turned, moved = rotation.turn(image, spots, angle)
        assert np.unravel_index(turned[0, ..., 0].argmax(), (33, 33)) == place[::-1]
        np.testing.assert_allclose(moved[0, 0], place, atol=1e-6)
    assert np.isnan(rotation.turn(image, spots, 45)[1][0, 1]).all()


def test_larger_sets_of_labels_hold_the_smaller_ones_and_no_test_image():
    labels = blobs(40)
    labels.split[30:] = containers.SPLITS["test"]
    labels.split[25:30] = containers.SPLITS["validation"]
    used = []
    for count in (2, 10, 30):
        found = experiments.with_images(labels, count, 0, "labels.h5")
        train, held = found.select("train"), found.select("validation")
        assert len(train) + len(held) == count
        assert len(held) == max(1, round(0.1 * count))
        np.testing.assert_array_equal(found.select("test"), np.arange(30, 40))
        used.append(set(train) | set(held))
    assert used[0] < used[1] < used[2]
    with pytest.raises(UserError, match=r"labels\.h5: experiments\.labels asks for 31 .* 30 are"):
        experiments.with_images(labels, 31, 0, "labels.h5")


def whole(**sections):
    """A config with a small network and short trainings."""
    short = {"epochs": 2, "batches": 2, "batch_size": 2, "validation_batches": 1}
    given = {
        "dataset": "blobs",
        "skeleton": "none.yaml",
        "videos": [{"id": "v", "path": "v.mp4"}],
        "crop": {"size": 32},
        "model": {"filters": 2, "sigma": 2},
        "training": short,
        "experiments": {"rotations": [0, 90], "fast_epochs": 1},
    }
    return config.from_dict(given | sections)


def test_trials_are_judged_as_their_experiment_says():
    labels = blobs(12)
    labels.split[8:10] = containers.SPLITS["validation"]
    labels.split[10:] = containers.SPLITS["test"]
    found = {
        experiment: experiments.run(labels, whole(), experiment, setting, 1)
        for experiment, setting in (("epochs", "all"), ("labels", "4"), ("rotations", "90"))
    }
    assert found["epochs"].check.tolist() == [1, 2]
    assert found["epochs"].errors.shape == (2, 2, 4)
    assert not np.array_equal(*found["epochs"].errors)
    assert found["rotations"].check.tolist() == [0, 90]
    assert (found["labels"].images, found["epochs"].images) == (4, 10)
    assert np.isfinite(found["labels"].errors).all()
    with pytest.raises(UserError, match="has no test images"):
        experiments.run(blobs(4), whole(), "epochs", "all", 0)


def test_summary_of_known_errors():
    def trial(replicate, values):
        return Trial(
            errors=np.array(values, float)[None],
            check=np.array([5.0]),
            skeleton=PAIR,
            experiment="labels",
            setting="10",
            replicate=replicate,
            images=10,
        )

    nan = np.nan
    first = trial(0, [[1, 1, 1, 1], [3, nan, nan, 3]])
    second = trial(1, [[5, 5, 5, 5], [nan] * 4])
    (row,) = experiments.summary([first, second]).to_dict("records")
    # means of the images that have a label: 1, 3, 5
    assert (row["mean_px"], row["replicates"]) == (3, 2)
    assert row["sem_px"] == pytest.approx(2 / np.sqrt(3))
    # of the replicates: 10 / 6 and 5
    assert row["between_px"] == pytest.approx((5 - 10 / 6) / np.sqrt(2))
    assert row["rmse_px"] == pytest.approx(np.sqrt((4 + 18 + 100) / 10))
    assert (row["median_px"], row["within_2.5px"]) == (3, 0.4)


def test_rotation_table_pools_replicates():
    def trial(setting, low, high):
        errors = np.stack([np.full((2, 4), low), np.full((2, 4), high)])
        return Trial(errors=errors, check=[0, 90], skeleton=PAIR, setting=setting)

    trials = [trial("0", 1, 9), trial("0", 7, 9), trial("90", 2, 3), trial("90", 2, 3)]
    np.testing.assert_allclose(experiments.rotation_rmse(trials, [0, 90]), [[5, 2], [9, 3]])


def test_an_unknown_place_for_the_peak_is_named():
    with pytest.raises(UserError, match=r"prediction\.refine.*'gauss' is not one of"):
        whole(prediction={"refine": "gauss"})
    assert inference.chunk_range(10, 2, 3) == (3, 6)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no way to take cores away")
def test_going_on_with_other_cores_is_said(tmp_path, capsys):
    kept = os.sched_getaffinity(0)
    if len(kept) < 2:
        pytest.skip("has one core")
    settings = replace(QUICK, epochs=2, batches=1)
    tiny = config.Model(network="leap_cnn", filters=2, sigma=2.0)
    paths = tmp_path / "run", tmp_path / "checkpoint.h5"

    def killed(_, card, loss):
        if card.epoch == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        training.train(blobs(8), tiny, settings, 0, paths[0], None, paths[1], killed)
    os.sched_setaffinity(0, sorted(kept)[:1])
    try:
        training.train(blobs(8), tiny, settings, 0, paths[0], None, paths[1])
    finally:
        os.sched_setaffinity(0, kept)
    assert f"it began on {len(kept)} processor cores and goes on with 1" in capsys.readouterr().out
