"""The `leap` command: in this process, and as the installed program that a user types."""

import contextlib
import io
import json
import subprocess
import sys
from dataclasses import replace
from itertools import islice
from pathlib import Path

import h5py
import numpy as np
import pytest

from leap_core import cli, config, containers
from leap_core.io import video
from leap_core.pose import training


def leap(*arguments, cwd="."):
    """One command in this process: exit status and what it printed."""
    out, err = io.StringIO(), io.StringIO()
    given = [str(argument) for argument in arguments]
    with (
        contextlib.chdir(cwd),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        status = cli.main(given)
    return subprocess.CompletedProcess(given, status, out.getvalue(), err.getvalue())


def installed(*arguments, cwd=None):
    """One command by the installed program."""
    program = Path(sys.executable).with_name("leap")
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, cwd=cwd)


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


def test_doctor_finds_this_machine_fit(tmp_path):
    result = installed("doctor", cwd=tmp_path)  # no profile there: fit by itself, cluster or not
    assert result.returncode == 0, result.stdout
    for word in ("tensorflow 2", "convolution: largest difference", "8 of 8 frames decoded"):
        assert word in result.stdout
    assert result.stderr == ""  # TensorFlow's lines of every start


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
    result = installed("evaluate", "--model", model, "--labels", labels, "-o", out)
    assert result.returncode == 0, result.stderr
    metrics = json.loads(out.read_text())
    expected = {"n", "mean_px", "median_px", "p90_px", "within_2.5px", "within_3pct_body"}
    assert expected < set(metrics["overall"])
    low, high = metrics["overall"]["interval"]["median_px"]
    assert low <= metrics["overall"]["median_px"] <= high
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


def test_an_unreadable_middle_gives_invalid_frames(root, data, model, tmp_path):
    source = video.read_frames(data / "fly_leap" / "fly_leap_test.mp4")
    clip, out = tmp_path / "clip.mp4", tmp_path / "new folder" / "poses.h5"
    video.write_video(clip, (image for _, image in islice(source, 600)), 100)
    content = bytearray(clip.read_bytes())
    spoiled = len(content) // 3
    content[spoiled : spoiled + 2000] = bytes(2000)
    clip.write_bytes(bytes(content))
    config_file = root / "config" / "fly_leap.yaml"
    result = leap("predict", clip, "--model", model, "-o", out, "--config", config_file, cwd=root)
    assert result.returncode == 0, result.stderr
    poses = containers.Poses.read(out)
    assert poses.positions.shape == (600, 32, 2)
    assert 0 < (~poses.valid).sum() < 300
    np.testing.assert_array_equal(np.isnan(poses.positions).all(axis=(1, 2)), ~poses.valid)
    assert poses.valid[:100].all() and poses.valid[-50:].all()


def test_single_exclusions_apply_wherever_the_file_lies(root, data, labels, tmp_path):
    """The label source is known by its checksum, too, not only by its path."""
    copy = tmp_path / "renamed.h5"
    copy.write_bytes((data / "fly_leap" / "fly_annotations_000-069.h5").read_bytes())
    out = tmp_path / "labels.h5"
    result = leap(
        "import-labels", copy, "--config", root / "config/fly_leap.yaml", "-o", out, cwd=root
    )
    assert result.returncode == 0, result.stderr
    read, expected = containers.Labels.read(out), containers.Labels.read(labels)
    assert (read.status == 2).sum() == 86
    np.testing.assert_array_equal(read.status, expected.status)


def test_exported_frames_can_be_labeled_and_imported(tmp_path):
    """PNG out of sampled frames, labels in DeepLabCut's table beside them, back in as labels."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 255, (5, 64, 64, 1), np.uint8)
    containers.Sample(
        images=images,
        source=np.array(["fly 1"] * 5),
        frame=np.arange(5) * 10,
        cluster=np.arange(5),
        mean=np.zeros((64, 64)),
        components=np.zeros((1, 64, 64)),
        explained=np.ones(1),
        centroids=np.zeros((5, 1)),
        sizes=np.ones(5),
    ).write(tmp_path / "frames.h5")
    folder = tmp_path / "to label"
    assert leap("export-frames", tmp_path / "frames.h5", "-o", folder).returncode == 0
    names = [line.split(",")[0] for line in (folder / "frames.csv").read_text().splitlines()[1:]]
    rows = ["scorer,me,me", "bodyparts,head,head", "coords,x,y"]
    rows += [f"{name},{k + 1}.5,{2 * k}" for k, name in enumerate(names)]
    (folder / "CollectedData_me.csv").write_text("\n".join(rows) + "\n")
    out = tmp_path / "labels.h5"
    result = leap("import-labels", folder / "CollectedData_me.csv", "-o", out)
    assert result.returncode == 0, result.stderr
    read = containers.Labels.read(out)
    np.testing.assert_array_equal(read.images, images)
    np.testing.assert_allclose(read.positions[:, 0], [[k + 1.5, 2 * k] for k in range(5)])


def test_labels_of_another_animal_do_not_fit_the_model(data, model, tmp_path):
    other = tmp_path / "other.h5"
    source = data / "labels" / "sleap" / "minimal_instance.pkg.slp"
    assert leap("import-labels", source, "-o", other).returncode == 0
    result = leap("evaluate", "--model", model, "--labels", other)
    fails(result, "best.keras", "the model's parts differ", "other.h5")


def test_synth_renders_a_fly_before_either_camera(root, tmp_path):
    for camera, side, names in (
        ("closed_loop", 200, ["fly.camera.csv", "fly.mp4", "fly.truth.h5"]),
        ("arena", 300, ["fly.mp4", "fly.truth.h5"]),
    ):
        out = tmp_path / camera
        size = () if camera == "closed_loop" else ("--size", side)
        given = ("synth", "-o", out, "--seed", 3, "--frames", 20, "--camera", camera, *size)
        result = leap(*given, cwd=root)
        assert result.returncode == 0, result.stderr
        assert sorted(file.name for file in out.iterdir()) == names
        info = video.probe(out / "fly.mp4")
        assert (len(info), info.width, info.height) == (20, side, side)
        truth = containers.Truth.read(out / "fly.truth.h5")
        assert truth.positions.shape == (20, 32, 2)
        assert (truth.camera is not None) == (camera == "closed_loop")
    pair = ("synth", "-o", tmp_path / "two", "--animal", "pair", "--frames", 10, "--size", 640)
    assert leap(*pair, cwd=root).returncode == 0
    made = ["pair.mp4", "pair_animal0.truth.h5", "pair_animal1.truth.h5"]
    assert sorted(file.name for file in (tmp_path / "two").iterdir()) == made
    mouse = ("synth", "-o", tmp_path / "m", "--animal", "mouse", "--frames", 10, "--size", 400)
    assert leap(*mouse, cwd=root).returncode == 0
    assert containers.Truth.read(tmp_path / "m" / "mouse.truth.h5").positions.shape == (10, 16, 2)
    fails(leap("synth", "-o", tmp_path / "a", "--frames", 3, cwd=root), "synthetic.frames", "3")
    fails(leap("synth", "-o", tmp_path / "a", "--size", 200, cwd=root), "size", "200", "288")
    fails(leap("synth", "-o", tmp_path / "a", "--seed", -1, cwd=root), "--seed", "-1")
    fails(leap("synth", "-o", tmp_path / "a", cwd=tmp_path), "fly32.yaml")
    assert not (tmp_path / "a").exists()


def test_the_installed_program_ends_as_scripts_expect(model, tmp_path):
    """Status 2 with one line for bad input, with the usage for bad arguments; nothing written."""
    out = tmp_path / "out.h5"
    result = installed("predict", tmp_path / "none.mp4", "--model", model, "-o", out)
    fails(result, "none.mp4", "no such file")
    assert result.stdout == "" and not out.exists()
    result = installed("predict", tmp_path / "none.mp4", "-o", out)
    assert result.returncode == 2 and result.stdout == ""
    assert result.stderr.startswith("usage: leap predict") and "--model" in result.stderr
    assert "Traceback" not in result.stderr


def test_wrong_inputs(root, model, labels, tmp_path):
    out = tmp_path / "out.h5"
    predict = ("--model", model, "-o", out)
    (tmp_path / "empty.mp4").touch()
    fails(leap("predict", tmp_path / "empty.mp4", *predict), "empty.mp4", "0 bytes")
    (tmp_path / "noise.mp4").write_bytes(bytes(range(256)) * 50)
    fails(leap("predict", tmp_path / "noise.mp4", *predict), "noise.mp4", "not a readable video")
    video.write_video(tmp_path / "small.mp4", np.zeros((3, 64, 80), np.uint8), 10)
    small = ("predict", tmp_path / "small.mp4", *predict)
    fails(leap(*small), "80x64", "192x192", "--config")
    real = ("--config", root / "config" / "fly_leap.yaml")
    fails(leap(*small, *real, cwd=root), "small.mp4", "80x64", "crop.size 192")
    whole = (tmp_path / "small.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    fails(leap("predict", tmp_path / "cut.mp4", *predict), "cut.mp4", "cut off")
    (tmp_path / "half.h5").write_bytes(labels.read_bytes()[:5000])
    fails(leap("predict", tmp_path / "half.h5", *predict), "half.h5", "not a readable HDF5")
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


@pytest.fixture
def refused(root, tmp_path, capsys, monkeypatch):
    """Runs a command that must fail in one line, naming a target, and change no file.

    The inputs hold nothing: targets are looked at before anything is read.
    """
    monkeypatch.chdir(root)
    (tmp_path / "sub").mkdir()
    for name in ("clip.mp4", "best.keras", "best.json", "labels.h5", "frames.csv", "poses.h5"):
        (tmp_path / name).write_text("x")
    for name in ("map.h5", "embedding.h5"):
        (tmp_path / "sub" / name).write_text("x")
    skeleton = tmp_path / "fly.yaml"
    skeleton.write_text((root / "config/skeletons/fly32.yaml").read_text())
    (tmp_path / "exclusions.csv").write_text("file,row,part,reason\n")
    (tmp_path / "c.yaml").write_text(
        f"dataset: x\nskeleton: {skeleton}\nvideos: [{{id: fly, path: {tmp_path}/clip.mp4, "
        f"camera_track: {tmp_path}/frames.csv}}]\n"
        f"labels: {{exclusions: {tmp_path}/exclusions.csv}}\n"
    )
    (tmp_path / "link").symlink_to(tmp_path)

    def run(message, *args):
        def content():
            return {p: p.is_file() and p.read_bytes() for p in tmp_path.rglob("*")}

        before = content()
        assert cli.main([str(a) for a in args]) == 2
        lines = capsys.readouterr().err.splitlines()
        assert len(lines) == 1 and lines[0].startswith("error: ") and message in lines[0], lines
        assert content() == before

    return run


def test_no_command_writes_over_what_it_reads(refused, tmp_path):
    own = "would replace its own input"
    model, settings = ("--model", tmp_path / "best.keras"), ("--config", tmp_path / "c.yaml")
    predict = ("predict", tmp_path / "clip.mp4", *model, *settings, "-o")
    names = ["clip.mp4", "best.keras", "best.json", "c.yaml", "fly.yaml", "frames.csv"]
    for name in (*names, "sub/../clip.mp4", "link/c.yaml"):
        refused(own, *predict, tmp_path / name)
    evaluate = ("evaluate", "--labels", tmp_path / "labels.h5", *model, "-o")
    for name in ("labels.h5", "best.keras", "link/best.json"):
        refused(own, *evaluate, tmp_path / name)
    labels = ("import-labels", tmp_path / "labels.h5", *settings, "-o")
    for name in ("labels.h5", "c.yaml", "fly.yaml", "exclusions.csv"):
        refused(own, *labels, tmp_path / name)
    refused(own, "skeleton", tmp_path / "labels.h5", "-o", tmp_path / "link" / "labels.h5")
    refused("is there already", "skeleton", tmp_path / "labels.h5", "-o", tmp_path / "c.yaml")
    (tmp_path / "sub" / "best.keras").write_text("x")
    rows = ("--with", tmp_path / "clip.mp4", "--model2", tmp_path / "sub" / "best.keras")
    for name in ("poses.h5", "best.json", "clip.mp4", "link/sub/best.keras"):
        refused(own, "movie", tmp_path / "poses.h5", *model, *rows, "-o", tmp_path / name)
    mapped = ("behavior", tmp_path / "poses.h5", "--map", tmp_path / "sub", *settings, "-o")
    for name in ("poses.h5", "c.yaml", "sub/map.h5", "link/sub/embedding.h5"):
        refused(own, *mapped, tmp_path / name)
    refused(own, "export-frames", tmp_path / "frames.csv", "-o", tmp_path / "link")
    (tmp_path / "fly.mp4").write_text((tmp_path / "fly.yaml").read_text())
    refused(own, "synth", "--skeleton", tmp_path / "fly.mp4", "-o", tmp_path)


def test_no_command_starts_without_a_place_for_its_result(refused, tmp_path):
    model, settings = ("--model", tmp_path / "best.keras"), ("--config", tmp_path / "c.yaml")
    for command in (
        ("predict", tmp_path / "clip.mp4", *model),
        ("evaluate", "--labels", tmp_path / "labels.h5", *model),
        ("movie", tmp_path / "poses.h5", *model),
        ("import-labels", tmp_path / "labels.h5"),
        ("skeleton", tmp_path / "labels.h5"),
        ("behavior", tmp_path / "poses.h5", "--map", tmp_path / "sub", *settings),
        ("export-frames", tmp_path / "labels.h5"),
        ("synth",),
    ):
        many = command[0] in ("export-frames", "synth")
        if not many:
            refused("sub: is a folder", *command, "-o", tmp_path / "sub")
        refused("cannot be written", *command, "-o", tmp_path / "poses.h5" / "x.h5")
        refused("cannot be written", *command, "-o", "/proc/x/x.h5")
