"""The `leap` command as a user types it."""

import json
import subprocess
import sys
from dataclasses import replace
from itertools import islice

import h5py
import numpy as np
import pytest

from leap_core import config, containers, video
from leap_core.pose import training


def leap(*arguments, cwd=None):
    return subprocess.run(
        [sys.executable, "-m", "leap_core.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
    )


def fails(result, *words):
    """One clear line on stderr, status 2, no traceback."""
    assert result.returncode == 2, result.stderr
    lines = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1
    assert "Traceback" not in result.stderr
    for word in words:
        assert word in lines[0]


@pytest.fixture(scope="module")
def labels(root, data, tmp_path_factory):
    """The real fly labels, imported as fly_leap.yaml says."""
    out = tmp_path_factory.mktemp("labels") / "labels.h5"
    source = data / "fly_leap" / "fly_annotations_000-069.h5"
    result = leap(
        "import-labels", source, "--config", root / "config/fly_leap.yaml", "-o", out, cwd=root
    )
    assert result.returncode == 0, result.stderr
    return out


@pytest.fixture(scope="module")
def model(labels, tmp_path_factory):
    """A barely trained network: enough to run every command."""
    folder = tmp_path_factory.mktemp("model")
    read = containers.Labels.read(labels)
    read = replace(read, split=np.where(np.arange(70) < 60, 0, 2))
    small = config.Model(filters=2, input_scale=0.25)
    training.train(read, small, config.Training(epochs=1, batches=2, batch_size=2), 0, folder)
    return folder / "best.keras"


def test_doctor_finds_this_machine_fit():
    result = leap("doctor")
    assert result.returncode == 0, result.stdout
    for word in ("tensorflow 2", "convolution: largest difference", "8 of 8 frames decoded"):
        assert word in result.stdout


def test_import_follows_the_config(labels, fly32):
    read = containers.Labels.read(labels)
    assert read.positions.shape == (70, 32, 2)
    assert read.images.shape == (70, 192, 192, 1)
    assert np.isnan(read.positions[:, fly32.index("midlegR3")]).all()
    axis = read.positions[:, fly32.index("head")] - read.positions[:, fly32.index("abdomen")]
    angle = np.degrees(np.arctan2(axis[:, 1], axis[:, 0]))
    assert np.median(np.abs(angle)) < 2 and np.abs(angle).max() < 10


def test_part_wide_exclusions_hold_for_another_file_of_the_set(root, data, tmp_path, fly32):
    source = tmp_path / "fly_annotations_more.h5"
    with (
        h5py.File(data / "fly_leap" / "fly_annotations_000-069.h5") as old,
        h5py.File(source, "w") as new,
    ):
        for name in ("images", "annotations", "annotated"):
            new[name] = old[name][:5]
        new["skeleton"] = old["skeleton"][()]
    out = tmp_path / "labels.h5"
    result = leap(
        "import-labels", source, "--config", root / "config/fly_leap.yaml", "-o", out, cwd=root
    )
    assert result.returncode == 0, result.stderr
    missing = np.isnan(containers.Labels.read(out).positions).all(axis=2)
    assert missing[:, fly32.index("midlegR3")].all()
    assert missing.sum() == 5


def test_evaluate_prints_and_writes_metrics(model, labels, tmp_path):
    out = tmp_path / "metrics.json"
    result = leap("evaluate", "--model", model, "--labels", labels, "-o", out)
    assert result.returncode == 0, result.stderr
    metrics = json.loads(out.read_text())
    expected = {"n", "mean_px", "median_px", "p90_px", "within_2.5px", "within_3pct_body"}
    assert set(metrics["overall"]) == expected
    assert set(metrics["parts"]) == set(containers.Labels.read(labels).skeleton.parts)
    assert f"{metrics['overall']['median_px']:.2f}" in result.stdout


def test_predict_labels_crops_and_video_agree(model, labels, tmp_path):
    """The same pictures as labels, as crops and as a lossless video give the same poses."""
    read = containers.Labels.read(labels)
    with containers.create_crops(tmp_path / "crops.h5", (192, 192, 1)) as writer:
        writer.append(
            read.images, np.arange(70), np.ones(70, bool), np.zeros((70, 2)), np.zeros(70)
        )
    video.write_video(tmp_path / "clip.mp4", read.images[..., 0], 100, crf=0)
    found = []
    for source in (labels, tmp_path / "crops.h5", tmp_path / "clip.mp4"):
        out = tmp_path / "poses.h5"
        result = leap("predict", source, "--model", model, "-o", out)
        assert result.returncode == 0, result.stderr
        found.append(containers.Poses.read(out))
        assert found[-1].positions.shape == (70, 32, 2)
        assert found[-1].positions.dtype == np.float32
    np.testing.assert_array_equal(found[0].positions, found[1].positions)
    near = np.linalg.norm(found[0].positions - found[2].positions, axis=2) < 2
    assert near.mean() > 0.9


def test_predict_tracks_and_crops_by_config(root, data, model, tmp_path):
    """fly_leap.yaml turns the dark fly that heads down into a bright one that heads right."""
    source = video.read_frames(data / "fly_leap" / "fly_leap_test.mp4")
    frames = (image for _, image in islice(source, 12))
    video.write_video(tmp_path / "clip.mp4", frames, 100, crf=0)
    out = tmp_path / "poses.h5"
    arguments = ("--model", model, "-o", out, "--config", root / "config" / "fly_leap.yaml")
    result = leap("predict", tmp_path / "clip.mp4", *arguments, cwd=root)
    assert result.returncode == 0, result.stderr
    poses = containers.Poses.read(out)
    assert poses.positions.shape == (12, 32, 2)
    assert np.isfinite(poses.positions).all()


def test_labels_of_another_animal_do_not_fit_the_model(data, model, tmp_path):
    other = tmp_path / "other.h5"
    source = data / "labels" / "sleap" / "minimal_instance.pkg.slp"
    assert leap("import-labels", source, "-o", other).returncode == 0
    result = leap("evaluate", "--model", model, "--labels", other)
    fails(result, "best.keras", "the model's parts differ", "other.h5")


def test_wrong_inputs(root, model, labels, tmp_path):
    out = tmp_path / "out.h5"
    predict = ("--model", model, "-o", out)
    fails(leap("predict", tmp_path / "none.mp4", *predict), "none.mp4", "no such file")
    (tmp_path / "empty.mp4").touch()
    fails(leap("predict", tmp_path / "empty.mp4", *predict), "empty.mp4", "0 bytes")
    (tmp_path / "noise.mp4").write_bytes(bytes(range(256)) * 50)
    fails(leap("predict", tmp_path / "noise.mp4", *predict), "noise.mp4", "not a readable video")
    video.write_video(tmp_path / "small.mp4", np.zeros((3, 64, 80), np.uint8), 10)
    fails(leap("predict", tmp_path / "small.mp4", *predict), "80x64", "192x192", "--config")
    wrong = ("--model", tmp_path / "no.keras", "-o", out)
    fails(leap("predict", labels, *wrong), "no.keras", "no such model file")
    fails(leap("evaluate", "--model", model, "--labels", model), "not a readable HDF5")
    parts = tmp_path / "skeleton.yaml"
    parts.write_text("parts: [a, b]\nsymmetry: [[a, b], [b, a], [a, a]]\n")
    source = ("import-labels", labels, "--skeleton", parts, "-o", out)
    fails(leap(*source), "skeleton.yaml", "not an involution")
    parts.write_text("parts: [head, tail]\n")
    fails(leap(*source), "labels.h5", "part")
    typo = tmp_path / "typo.yaml"
    typo.write_text((root / "config" / "fly_leap.yaml").read_text().replace("sha256", "sha265"))
    source = ("import-labels", labels, "--config", typo, "-o", out)
    fails(leap(*source, cwd=root), "typo.yaml", "sha265", "did you mean 'sha256'")
    assert not out.exists()
