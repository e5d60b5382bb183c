"""A network learns from what is labeled and proposes the rest; the labels stay as they are."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import yaml
from fixtures import labeling

from leap_core import config, containers, geometry
from leap_core.containers import Sample, crops
from leap_core.errors import UserError
from leap_core.pose import model
from leap_core.web.label import estimates, fit, progress, regimes

LABELS = "labels/lab"
# more than fast takes, and no light or size is changed: the flies are all alike
LEARNS = {"epochs": 20, "batches": 60, "batch_size": 8, "learning_rate": 0.003, "rotation_deg": 5}
LEARNS |= dict.fromkeys(["scale", "shift_px", "contrast", "brightness", "noise", "blur_px"], 0)


@pytest.fixture
def place(lab, monkeypatch):
    """The dataset in the working folder, as a person has it who starts to label."""
    monkeypatch.chdir(lab)
    return lab


def fitted(place, regime="fast", **training):
    """What is proposed, with other keys of section `training`."""
    value = yaml.safe_load((place / "config" / "lab.yaml").read_text())
    value["training"] |= training
    whole = config.from_dict(value)
    return fit.propose(regimes.dataset(whole, place / LABELS), regimes.settings(whole), regime)


def sampled(place):
    """(video, frame) of the sampled frames."""
    sample = Sample.read(place / "results" / "lab" / "sampling" / "frames.h5")
    return list(zip(map(str, sample.source), map(int, sample.frame), strict=True))


def bytes_below(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}


def test_every_frame_gets_estimates_and_they_are_nearer_than_the_typical_pose(place):
    """Half as far off in the median: seen were 2.2 px against 6.6."""
    labeled = labeling.label(place, place / LABELS, 14)
    before = bytes_below(place / LABELS)
    made = fitted(place, **LEARNS)

    keys = {f"{video}.{frame}.0": (video, frame) for video, frame in sampled(place)}
    parts = labeling.true_points(place, "fly1", 0).keys()
    assert made["items"].keys() == keys.keys() and len(keys) == 20
    assert all(points.keys() == parts for points in made["items"].values())

    # in px of the crop: where a part lies in the median over the labeled frames
    def on_crop(key, points):
        video, frame = keys[key]
        track = containers.Track.read(place / f"results/lab/tracks/{video}.h5")
        center, heading = track.centroid[0, frame], track.heading[0, frame]
        return geometry.to_crop([points], [center], [heading], 192)[0]

    true = {k: on_crop(k, list(labeling.true_points(place, *keys[k]).values())) for k in keys}
    found = {k: on_crop(k, [p[:2] for p in points.values()]) for k, points in made["items"].items()}
    typical = np.median([true[k] for k in labeled], axis=0)
    others = [k for k in keys if k not in labeled]
    off = np.median([np.hypot(*(found[k] - true[k]).T) for k in others])
    without = np.median([np.hypot(*(typical - true[k]).T) for k in others])
    assert off < without / 2

    assert {k: v for k, v in bytes_below(place / LABELS).items() if k in before} == before
    assert estimates.read(place / LABELS) == made
    assert (made["model"], made["frames"]) == ("fast-1", 14)
    _, card = model.read(place / LABELS / "training" / "best.keras")
    assert card.provenance["model"] == "fast-1"
    lines = progress.read(place / LABELS / "training" / progress.NAME)
    epochs = [line for line in lines if line.get("epoch")]
    assert [line["epoch"] for line in epochs] == list(range(1, 16)), "20 are more than fast takes"
    assert all(line["epochs"] == 15 and line["loss"] > 0 for line in epochs)
    assert epochs[-1]["error_px"] < epochs[0]["error_px"]
    assert lines[-1]["stage"] == "done" and lines[-1]["labels"] == made["network"]["labels"]
    assert not (place / LABELS / "training" / "unfinished").exists()


def test_some_parts_of_some_frames_teach_those_parts_and_the_same_again(place):
    labeling.label(place, place / LABELS, 5, slice(0, 4))
    first, second = fitted(place, epochs=1, batches=2), fitted(place, epochs=1, batches=2)
    named = list(labeling.true_points(place, "fly1", 0))[:4]
    # a label of one side teaches the other side's part by mirror images
    swap = regimes.dataset(config.read("config/lab.yaml"), LABELS).skeleton
    partners = {swap.parts[swap.swap[swap.index(part)]] for part in named}
    assert all(points.keys() == partners | set(named) for points in second["items"].values())
    assert second["items"] == first["items"], "the same labels and seed"
    assert (first["model"], second["model"]) == ("fast-1", "fast-2")


def test_frames_that_have_no_crop_any_more_have_no_estimate(place):
    labeling.label(place, place / LABELS, 4)
    (video, frame), *_ = sampled(place)[4:]
    track = containers.Track.read(place / f"results/lab/tracks/{video}.h5")
    track.valid[0, frame] = False
    labeling.recut(place, video, track, config.from_dict(labeling.CONFIG).crop)
    rows = crops.rows(place / f"results/lab/crops/{video}.h5", [frame]).row
    assert rows == [-1]
    made = fitted(place, epochs=1, batches=2)
    assert len(made["items"]) == 19 and f"{video}.{frame}.0" not in made["items"]


def test_too_few_labels_are_told_in_one_line(place):
    labeling.label(place, place / LABELS, 1)
    with pytest.raises(UserError, match="too few labeled frames .1.; label at least 2"):
        fitted(place)
    last = progress.read(place / LABELS / "training" / progress.NAME)[-1]
    assert last["stage"] == "failed" and "too few" in last["message"]
    assert estimates.read(place / LABELS) is None


@pytest.mark.parametrize("network", ["leap_cnn", "hourglass", "unet"])
def test_fast_bounds_what_is_larger_and_leaves_what_is_smaller(network):
    def of(model, training, size=192, **options):
        given = config.from_dict(labeling.CONFIG | {"model": model, "training": training})
        how = regimes.bounded("fast", regimes.settings(given), size, **options)
        return how.model.filters, how.model.input_scale * size, how.training.epochs

    assert of({"network": network}, {}) == (16, 96, 15)
    assert of({"network": network}, {}, size=400) == (16, 96, 15)
    assert of({"network": network}, {}, gpu=True) == (64, 192, 15)
    small = {"network": network, "filters": 4, "input_scale": 0.25}
    assert of(small, {"epochs": 3}) == (4, 48, 3)


def test_fast_leaves_a_network_that_begins_with_a_trained_one_as_wide_as_that():
    value = {"model": {"filters": 32}, "training": {"start": "best.keras"}}
    given = regimes.settings(config.from_dict(labeling.CONFIG | value))
    how = regimes.bounded("fast", given, 192)
    assert how.model == given.model and how.training.start == "best.keras"
    assert how.training.epochs == 5


def test_without_labels_the_network_to_begin_with_proposes_and_learns_when_there_are_some(place):
    labeling.label(place, place / LABELS, 14)
    fitted(place, **LEARNS)
    network = place / "known" / "best.keras"
    network.parent.mkdir()
    for suffix in (".keras", ".json"):
        file = place / LABELS / "training" / "best.keras"
        shutil.copy(file.with_suffix(suffix), network.with_suffix(suffix))
    taught = estimates.read(place / LABELS)["items"]
    shutil.rmtree(place / LABELS)

    with pytest.raises(UserError, match="too few labeled frames .0."):
        fitted(place)
    made = fitted(place, start=str(network))
    assert (made["model"], made["frames"], made["network"]["error_px"]) == ("start-1", 0, None)
    assert made["items"].keys() == taught.keys()
    for key, points in made["items"].items():  # of the same weights; confidence is the prior's
        assert points.keys() == taught[key].keys()
        for part, (x, y, sure) in points.items():
            assert (x, y) == pytest.approx(taught[key][part][:2], abs=0.02) and 0 < sure < 1

    labeling.label(place, place / LABELS, 14)
    again = fitted(place, start=str(network), **LEARNS)
    assert (again["model"], again["frames"]) == ("fast-2", 14)
    lines = progress.read(place / LABELS / "training" / progress.NAME)
    assert [line["epoch"] for line in lines if line.get("epoch")] == [1, 2, 3, 4, 5]


def run(place, **options):
    command = [sys.executable, "-m", "leap_core.web.label.fit", "--config", "config/lab.yaml"]
    return subprocess.Popen(
        [*command, "--labels", LABELS], cwd=place, stderr=subprocess.PIPE, text=True, **options
    )


def test_a_full_disk_is_told_in_one_line_and_leaves_the_old_network(place):
    labeling.label(place, place / LABELS, 3)
    folder = place / LABELS / "training"
    folder.mkdir()
    (folder / "best.keras").write_bytes(b"the old one")
    old = {"format": estimates.FORMAT, "model": "fast-7", "frames": 3, "items": {}}
    estimates.write(place / LABELS, old)

    def small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    process = run(place, preexec_fn=small_files)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 2 and said.count("\n") == 1
    assert "cannot be written (File too large)" in said
    assert estimates.read(place / LABELS) == old
    assert (folder / "best.keras").read_bytes() == b"the old one"
    assert not (folder / "unfinished").exists()
    assert progress.read(folder / progress.NAME)[-1]["stage"] == "failed"
    assert "\nfast-8: 3 labeled frames" in (folder / "log.txt").read_text()


def test_sigterm_ends_it_with_nothing_half_written(place):
    labeling.label(place, place / LABELS, 3)
    process = run(place)
    while not any(
        line.get("epochs") for line in progress.read(place / LABELS / "training" / progress.NAME)
    ):
        assert process.poll() is None
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (143, "error: stopped\n")
    assert progress.read(place / LABELS / "training" / progress.NAME)[-1]["stage"] == "stopped"
    assert sorted(p.name for p in (place / LABELS / "training").iterdir()) == [
        "lock", "log.txt", progress.NAME,
    ]  # fmt: skip
