"""Training and prediction from labels to poses."""

import hashlib
import json
import subprocess
import sys
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from fixtures.blobs import QUICK, SMALL, blobs

from leap_core import config, containers
from leap_core.errors import UserError
from leap_core.labels import splitting
from leap_core.pose import inference, model, prediction, reporting, training
from leap_core.skeleton import from_dict


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
    assert metrics["division"] is None  # nobody has written down how


def test_an_evaluation_says_how_test_images_were_chosen(trained):
    folder, labels, _ = trained
    frames = replace(labels, video=np.full(60, "film"), frame=np.arange(60) * 150)
    for by, note in (("block", "at least 1 s apart"), ("frame", "errors may flatter")):
        divided = splitting.split(frames, config.Split(by=by), 1, {"film": 100.0})
        metrics, _ = prediction.evaluate(
            divided, folder / "best.keras", config.Prediction(), "l.h5"
        )
        assert metrics["division"] == divided.division | {"note": divided.note}
        assert metrics["division"]["by"] == by
        assert note in reporting.format_metrics(metrics)


@pytest.mark.parametrize("chunks", [2, 3, 7])
def test_the_number_of_chunks_changes_no_bit_of_poses(trained, crops, chunks):
    folder, _, _ = trained
    given = (crops, folder / "best.keras", config.Prediction())
    whole = inference.predict_crops(*given)
    parts = [inference.predict_crops(*given, k, chunks) for k in range(1, chunks + 1)]
    joined = inference.gather(parts, list(map(str, range(chunks))), np.arange(60))
    for name in ("positions", "confidence"):
        assert getattr(joined, name).tobytes() == getattr(whole, name).tobytes()


def test_chunks_and_batch_size_do_not_change_poses(trained, crops):
    folder, _, _ = trained
    whole = inference.predict_crops(
        crops, folder / "best.keras", config.Prediction(engine="tensorflow")
    )
    small = config.Prediction(batch_size=3, engine="tensorflow")
    parts = [inference.predict_crops(crops, folder / "best.keras", small, k, 3) for k in (1, 2, 3)]
    joined = inference.gather(parts, ["1", "2", "3"], np.arange(60))
    assert np.isnan(whole.positions[2]).all() and not whole.valid[2]
    assert np.isfinite(np.delete(whole.positions, 2, axis=0)).all()
    np.testing.assert_allclose(joined.positions, whole.positions, atol=0.02)


def test_the_number_of_cores_does_not_change_poses(trained, crops, tmp_path):
    """The tolerance of docs/prediction.md, between one core and all of this process."""
    folder, _, _ = trained
    how = config.Prediction(engine="tensorflow")
    program = """
import os, sys
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
from leap_core import config
from leap_core.pose import inference
how = config.Prediction(engine="tensorflow")
poses = inference.predict_crops(sys.argv[1], sys.argv[2], how)
poses.write(sys.argv[3])
"""
    given = [str(path) for path in (crops, folder / "best.keras", tmp_path / "one.h5")]
    subprocess.run([sys.executable, "-c", program, *given], check=True, capture_output=True)
    one = containers.Poses.read(tmp_path / "one.h5").positions
    every = inference.predict_crops(crops, folder / "best.keras", how).positions
    np.testing.assert_allclose(one, every, atol=0.02)


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
