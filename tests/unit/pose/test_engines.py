"""Both engines against each other, against known points, and what the faster one leaves alone."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from fixtures.blobs import PAIR, blobs

from leap_core import config
from leap_core.errors import UserError
from leap_core.pose import confmaps, engines, inference, map_peaks, model, networks
from leap_core.pose.test_time_averaging import turn, turn_matrix

VIEWS = {"mirror": True, "turns": [10.0, -7.5]}


@pytest.fixture(scope="module", params=networks.NETWORKS)
def untrained(request, tmp_path_factory):
    """A model file of every network, with weights that answer to all of an image."""
    network = networks.build(request.param, len(PAIR), 6)
    rng = np.random.default_rng(0)
    network.set_weights([rng.normal(0, 0.15, w.shape) for w in network.get_weights()])
    path = tmp_path_factory.mktemp(request.param) / "best.keras"
    model.write(network, model.ModelCard(PAIR, request.param, 6, 0.5, 96, 5.0, 1, 0.1), path)
    return path


def ready(path, engine, precision="float32", **settings):
    return inference.ready(path, config.Prediction(engine=engine, **settings), precision)[0]


@pytest.mark.parametrize("views", [{}, VIEWS], ids=["one view", "six views"])
def test_maps_of_both_engines_are_the_same(untrained, views):
    images = np.random.default_rng(1).random((3, 48, 64, 1), np.float32)
    wanted = ready(untrained, "tensorflow", **views).maps(images)
    found = ready(untrained, "openvino", **views).maps(images)
    assert found.shape == wanted.shape
    np.testing.assert_allclose(found, wanted, atol=1e-4 * np.abs(wanted).max())


@pytest.mark.parametrize("refine", ["none", "quadratic", "smooth"])
def test_peaks_of_both_engines_are_the_same(untrained, refine):
    images = np.random.default_rng(2).random((5, 48, 48, 1), np.float32)
    both = [ready(untrained, name, refine=refine).peaks(images) for name in engines.NAMES]
    np.testing.assert_allclose(both[0][1], both[1][1], rtol=1e-4)
    np.testing.assert_allclose(both[0][0], both[1][0], atol=0.01)


@pytest.mark.parametrize("precision", ["float32", "auto"])
def test_a_trained_network_finds_the_same_points_with_both(trained, precision):
    path = trained[0] / "best.keras"
    fresh = blobs(40, seed=7)
    found = {}
    for name in engines.NAMES:
        predict, _ = inference.load(path, config.Prediction(engine=name), precision)
        found[name], confidence = predict(fresh.images)
        off = np.linalg.norm(found[name] - fresh.positions, axis=-1)
        assert np.median(off) < 0.7
    apart = np.linalg.norm(found["openvino"] - found["tensorflow"], axis=-1)[confidence > 0.3]
    assert np.median(apart) <= 0.02 and np.percentile(apart, 99) <= 0.3


@pytest.mark.parametrize("views", [{}, VIEWS], ids=["one view", "six views"])
def test_no_bit_depends_on_the_batch_or_the_number_of_threads(trained, views, tmp_path):
    images = blobs(21, seed=8).images
    np.save(tmp_path / "images.npy", images)
    path = trained[0] / "best.keras"
    expected = None
    for batch_size in (8, 1, 5, 21):
        how = config.Prediction(engine="openvino", batch_size=batch_size, **views)
        found = b"".join(part.tobytes() for part in inference.load(path, how)[0](images))
        expected = expected or found
        assert found == expected, batch_size
    program = f"""
import sys
import numpy as np
from leap_core import config
from leap_core.pose import inference
how = config.Prediction(engine="openvino", **{views})
predict, _ = inference.load(sys.argv[1], how)
for part in predict(np.load(sys.argv[2])):
    sys.stdout.buffer.write(part.tobytes())
"""
    command = [sys.executable, "-c", program, str(path), str(tmp_path / "images.npy")]
    for count in (1, 3):
        given = os.environ | {"OMP_NUM_THREADS": str(count)}
        done = subprocess.run(command, env=given, capture_output=True, check=True)
        assert done.stdout == expected, f"{count} threads"


def test_prediction_loads_no_tensorflow_and_reports_to_nobody(trained, tmp_path):
    """OpenVINO's own import writes a number for its user into the home folder, and sends it."""
    program = """
import sys
import numpy as np
from leap_core import config
from leap_core.pose import inference
predict, _ = inference.load(sys.argv[1], config.Prediction(engine="openvino"))
predict(np.zeros((2, 32, 32, 1), np.uint8))
names = ("tensorflow", "keras", "openvino_telemetry")
print([name for name in names if name in sys.modules])
"""
    given = {name: value for name, value in os.environ.items() if name not in ("CI", "TF_BUILD")}
    given |= {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path)}
    command = [sys.executable, "-c", program, str(trained[0] / "best.keras")]
    done = subprocess.run(command, env=given, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["[]"]
    assert not list(Path(tmp_path).iterdir())


def test_poses_tell_what_computed_them(trained, crops):
    path = trained[0] / "best.keras"
    parts = [
        inference.predict_crops(crops, path, config.Prediction(engine=name), chunk, 2)
        for chunk, name in enumerate(engines.NAMES, 1)
    ]
    for part, name in zip(parts, ("OpenVINO 20", "TensorFlow 2."), strict=True):
        assert part.engine.startswith(name)
        assert part.engine.endswith((", float32", "bfloat16"))
    joined = inference.gather(parts, ["a", "b"], np.arange(60))
    assert joined.engine == f"{parts[0].engine} and {parts[1].engine}"


def test_a_gpu_is_left_to_tensorflow(monkeypatch, tmp_path):
    driver = tmp_path / "driver"
    driver.touch()
    monkeypatch.setattr(engines, "DRIVERS", (str(driver),))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert engines.choose("auto") == "tensorflow"
    assert engines.choose("openvino") == "openvino"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert engines.choose("auto") == "openvino"


def test_an_engine_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert engines.choose("auto") == engines.choose("tensorflow") == "tensorflow"
    with pytest.raises(UserError, match="openvino is not installed; .*set `auto`"):
        engines.choose("openvino")


@pytest.mark.parametrize("refine", ["none", "quadratic", "smooth"])
def test_peaks_in_arrays_are_those_on_the_device(refine):
    """Of Gaussians anywhere, also beyond the border, with noise, and of maps of nothing."""
    rng = np.random.default_rng(3)
    points = rng.uniform(-3, 43, (6, 5, 2)).astype(np.float32)
    maps = confmaps.render(tf.constant(points), 36, 40, 2.5).numpy()
    maps += rng.normal(0, 0.03, maps.shape).astype(np.float32)
    maps[0, ..., 0] = 0
    wanted = [part.numpy() for part in confmaps.peaks(tf.constant(maps), refine, 2.5)]
    found = map_peaks.find(maps, refine, 2.5)
    for ours, theirs in zip(found, wanted, strict=True):
        assert ours.dtype == np.float32
        np.testing.assert_allclose(ours, theirs, atol=2e-4)


@pytest.mark.parametrize(("degrees", "fill"), [(12.0, "CONSTANT"), (-33.0, "NEAREST")])
def test_a_turn_by_a_matrix_is_the_turn_on_the_device(degrees, fill):
    image = np.random.default_rng(4).random((30, 44)).astype(np.float32)
    wanted = turn(tf.constant(image[None, ..., None]), degrees, fill).numpy()[0, ..., 0]
    matrix = turn_matrix(degrees, image.shape, beyond=fill == "NEAREST")
    np.testing.assert_allclose((matrix @ image.ravel()).reshape(image.shape), wanted, atol=1e-4)


def test_a_model_whose_files_are_of_two_runs_is_refused(trained, tmp_path):
    wrong = model.ModelCard(PAIR, "unet", 8, 1.0, 32, 2.0, 1, 0.1)
    path = tmp_path / "best.keras"
    model.write(networks.build("leap_cnn", len(PAIR), 8), wrong, path)
    with pytest.raises(UserError, match="best.keras: its weights do not fit unet with 8 filters"):
        inference.load(path, config.Prediction(engine="openvino"))
