import hashlib
import json
import zipfile

import numpy as np
import pytest

from leap_core import config, containers
from leap_core.containers import Labels
from leap_core.errors import UserError
from leap_core.pose import augmentation, evaluation, inference, model, networks, stage, training
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


@pytest.mark.parametrize(("filters", "count"), [(64, 2_545_952), (32, 646_304)])
def test_leap_cnn_has_the_published_number_of_parameters(filters, count):
    assert networks.build("leap_cnn", 32, filters).count_params() == count


def test_network_keeps_image_size():
    network = networks.build("leap_cnn", 5, 2)
    assert network(np.zeros((2, 24, 36, 1))).shape == (2, 24, 36, 5)


def test_points_follow_their_pixels_through_every_augmentation():
    """A bright dot in the image must stay under its point, mirrored, turned, scaled, shifted."""
    settings = config.Training(rotation_deg=40, scale=0.2, shift_px=4, mirror=True)
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
    settings = config.Training(rotation_deg=0, mirror=False, mask=[100.0, 100.0], mask_share=1.0)
    image = np.linspace(0, 1, 32 * 32, dtype=np.float32).reshape(1, 32, 32, 1)
    out, _ = augmentation.augment(
        image, np.zeros((1, 1, 2)), np.array([0]), settings, 1.0, np.random.default_rng(0)
    )
    dim = image < 100 / 255
    assert np.all(out[dim] == 0)
    np.testing.assert_allclose(out[~dim], image[~dim], atol=1e-6)


def test_plateau_follows_the_papers_rule():
    plateau = training.Plateau(1e-3)
    rates = []
    for loss in (1.0, 0.5, 0.5, 0.5 - 5e-6, 0.5, 0.4, 0.4, 0.4, 0.4):
        plateau.after_epoch(loss)
        rates.append(plateau.rate)
    np.testing.assert_allclose(rates, [1e-3] * 4 + [1e-4] * 4 + [1e-5])


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
    metrics, table = stage.evaluate(fresh, folder / "best.keras", config.Prediction(), "fresh.h5")
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
    metrics, table = stage.evaluate(labels, folder / "best.keras", config.Prediction(), "l.h5")
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
        stage.evaluate(blobs(2, side=64), folder / "best.keras", config.Prediction(), "big.h5")


def test_model_of_another_skeleton_is_named(trained):
    folder, _, _ = trained
    other = from_dict({"parts": ["head", "tail", "footL1", "wing"]})
    labels = blobs(3, skeleton=other)
    with pytest.raises(UserError, match="best.keras: the model's parts differ .* lacks 'wing'"):
        stage.evaluate(labels, folder / "best.keras", config.Prediction(), "l.h5")


def test_model_files_of_two_runs_are_noticed(trained, tmp_path):
    folder, _, _ = trained
    (tmp_path / "best.keras").write_bytes((folder / "best.keras").read_bytes())
    card = json.loads((folder / "best.json").read_text())
    (tmp_path / "best.json").write_text(json.dumps(card | {"filters": 16}))
    with pytest.raises(UserError, match="do not fit leap_cnn with 16 filters"):
        model.read(tmp_path / "best.keras")
    (tmp_path / "best.json").write_text("{}")
    with pytest.raises(UserError, match="not a model description"):
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
