"""Whatever a notebook or another Keras project has set, results and pictures are the same."""

import hashlib
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from leap_core import environment, skeleton
from leap_core.pose import model, networks

PREDICT = """
import hashlib, sys
import numpy as np
{before}
from leap_core import config
from leap_core.pose import inference
how = config.Prediction(batch_size=4, engine="tensorflow")
predict, _ = inference.load(sys.argv[1], how, "float32")
images = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 1), np.uint8)
print(hashlib.sha256(b"".join(part.tobytes() for part in predict(images))).hexdigest())
{after}
"""


def _run(code: str, *arguments, **variables) -> subprocess.CompletedProcess:
    given = {k: v for k, v in os.environ.items() if not k.startswith(("KERAS", "MPL", "TF_USE"))}
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=given | {k: str(v) for k, v in variables.items()},
        capture_output=True,
        text=True,
    )


def _positions(path, before: str = "", after: str = "", **variables) -> str:
    """Checksum of positions and confidences in a fresh process."""
    result = _run(PREDICT.format(before=before, after=after), path, **variables)
    assert result.returncode == 0, result.stderr[-2000:]
    return result.stdout.splitlines()[0]


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """A tiny network, and the checksum of what it finds in the plain environment."""
    path = tmp_path_factory.mktemp("network") / "best.keras"
    animal = skeleton.from_dict({"parts": ["head", "tail"], "edges": [["head", "tail"]]})
    card = model.ModelCard(animal, "leap_cnn", 2, 1.0, 32, 2.0, 1, 0.1)
    model.write(networks.build("leap_cnn", 2, 2), card, path)
    return path, _positions(path)


@pytest.mark.parametrize(
    "content",
    [
        json.dumps({"backend": "torch", "image_data_format": "channels_first"}),
        json.dumps({"floatx": "float64", "dtype_policy": "mixed_float16"}),
        "not json",
    ],
)
def test_a_keras_json_changes_no_position(network, tmp_path, content):
    """Of a user's own process; Keras' settings are the user's again afterwards."""
    path, expected = network
    (tmp_path / "keras.json").write_text(content)
    after = "import keras; print(keras.config.image_data_format(), keras.config.floatx())"
    result = _run(PREDICT.format(before="", after=after), path, KERAS_HOME=tmp_path)
    assert result.returncode == 0, result.stderr[-2000:]
    found, settings = result.stdout.splitlines()
    assert found == expected
    theirs = json.loads(content) if content.startswith("{") else {}
    assert settings.split() == [
        theirs.get("image_data_format", "channels_last"),
        theirs.get("floatx", "float32"),
    ]


def test_variables_change_no_position(network, tmp_path):
    """Of our own processes, with a keras.json that Keras itself stops at."""
    path, expected = network
    (tmp_path / "keras.json").write_text('{"floatx": "float8", "dtype_policy": "mixed_float16"}')
    before = "from leap_core import environment; environment.apply()"
    variables = {"KERAS_BACKEND": "torch", "TF_USE_LEGACY_KERAS": 1, "KERAS_HOME": tmp_path}
    assert _positions(path, before, **variables) == expected


def test_global_settings_of_the_caller_do_not_reach_the_network(network):
    path, expected = network
    before = """
import keras
keras.config.set_image_data_format("channels_first")
keras.config.set_floatx("float64")
keras.config.set_dtype_policy("mixed_bfloat16")
"""
    after = "assert keras.config.dtype_policy().name == 'mixed_bfloat16'"
    assert _positions(path, before, after) == expected


def test_another_backend_in_the_callers_process_is_named(network, monkeypatch):
    from leap_core.errors import UserError

    monkeypatch.setattr("keras.config.backend", lambda: "torch")
    with pytest.raises(UserError, match="KERAS_BACKEND=tensorflow"):
        networks.build("leap_cnn", 2, 2)


def test_figures_are_drawn_whatever_the_notebook_says(tmp_path):
    code = """
import sys
from leap_core import environment
environment.apply()  # as every command and every run of the workflow does
from leap_core.figures import style
fig = style.figure()
fig.subplots().plot([1, 2])
style.save(fig, sys.argv[1])
"""
    found = []
    for k, value in enumerate(("agg", "module://matplotlib_inline.backend_inline", "tkagg")):
        out = tmp_path / f"{k}.png"
        result = _run(code, out, MPLBACKEND=value)
        assert result.returncode == 0, result.stderr[-2000:]
        found.append(hashlib.sha256(out.read_bytes()).hexdigest())
    assert len(set(found)) == 1


def test_drawing_leaves_the_callers_backend_alone(tmp_path):
    code = """
import sys
import matplotlib
matplotlib.use("svg")
from leap_core.figures import style
fig = style.figure()
fig.subplots().plot([1, 2])
assert type(fig.canvas).__name__ == "FigureCanvasAgg"
style.save(fig, sys.argv[1])
assert matplotlib.get_backend() == "svg"
"""
    result = _run(code, tmp_path / "a.png")
    assert result.returncode == 0, result.stderr[-2000:]


def test_a_keras_that_is_imported_is_left_alone(monkeypatch):
    monkeypatch.setitem(sys.modules, "keras", np)
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    environment.for_networks()
    assert os.environ["KERAS_BACKEND"] == "torch"


def test_gpus_are_counted_as_the_driver_shows_them(tmp_path, monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    for name in ("nvidia0", "nvidia1", "nvidia10", "nvidiactl", "nvidia-uvm", "nvme0"):
        (tmp_path / name).touch()
    assert environment.gpus(tmp_path) == 3
    counted = {"": 0, "-1": 0, "1": 1, "0, 1": 2, "0,1,2": 3}
    # numbers that are not there, names, and what stands behind a -1
    counted |= {"2,7": 1, "GPU-5a1b, GPU-77aa": 2, "MIG-1,MIG-2,MIG-3,MIG-4": 4, "0,-1,1": 1}
    for visible, count in counted.items():
        assert environment.gpus(tmp_path, visible) == count, visible
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
        assert environment.gpus(tmp_path) == count, visible


def test_gpus_without_device_files_are_those_that_the_driver_lists(tmp_path, monkeypatch):
    """As in Windows' Linux; and without a driver those that the variable names."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert environment.gpus(tmp_path) == 0
    assert [environment.gpus(tmp_path, visible) for visible in ("", "-1", "0,1")] == [0, 0, 2]
    program = tmp_path / "nvidia-smi"
    listed = "GPU 0: NVIDIA H200 (UUID: GPU-5a)\n  MIG 1g.18gb Device 0: (UUID: MIG-1)\nGPU 1: x\n"
    program.write_text(f"#!/bin/sh\n/bin/cat <<'E'\n{listed}E\n")
    program.chmod(0o755)
    assert environment.gpus(tmp_path) == 2 and environment.gpus(tmp_path, "1,5") == 1
    program.write_text("#!/bin/sh\necho 'NVIDIA-SMI has failed'; exit 9\n")
    assert environment.gpus(tmp_path) == 0


def test_the_environment_of_our_own_processes(monkeypatch):
    for name in ("MPLBACKEND", "KERAS_HOME", "KERAS_BACKEND", "TF_USE_LEGACY_KERAS"):
        monkeypatch.setenv(name, "theirs")
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    environment.apply()
    assert os.environ["MPLBACKEND"] == "agg" and os.environ["KERAS_BACKEND"] == "tensorflow"
    assert os.environ["KERAS_HOME"] == os.devnull and "TF_USE_LEGACY_KERAS" not in os.environ
