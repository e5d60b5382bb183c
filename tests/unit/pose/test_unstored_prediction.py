"""Poses of crops that are cut from their video as the network asks for them."""

from dataclasses import replace

import numpy as np
import pytest

from leap_core import config, preprocess
from leap_core.io import video
from leap_core.pose import inference, maps

FRAMES = 60
NAMES = ("positions", "confidence", "frame", "valid", "center", "heading")


@pytest.fixture
def files(trained, tmp_path):
    """Crops with their images, and without: 60 pictures of blobs, turned about themselves."""
    _, labels, _ = trained
    path = tmp_path / "blobs.mp4"
    video.write_video(path, np.pad(labels.images[..., 0], ((0, 0), (6, 6), (6, 6))), 50, crf=5)
    track = preprocess.track(path, config.Track(recipe="precropped"))
    turned = track.heading + np.linspace(-0.3, 0.3, FRAMES)
    track = replace(track, heading=turned.astype(np.float32), recipe="radon")
    track.valid[0, 40:43] = False
    names = tmp_path / "stored.h5", tmp_path / "unstored.h5"
    for name, store in zip(names, (True, False), strict=True):
        preprocess.crop(path, track, 0, config.Crop(32, store=store), "r", name)
    return names


@pytest.mark.parametrize("chunks", [1, 3])
def test_poses_are_the_same_bits(trained, files, chunks):
    model = trained[0] / "best.keras"
    made = []
    for file in files:
        parts = [
            inference.predict_crops(file, model, config.Prediction(), k, chunks)
            for k in range(1, chunks + 1)
        ]
        made.append(inference.gather(parts, list(map(str, parts)), np.arange(FRAMES)))
    for name in NAMES:
        assert getattr(made[0], name).tobytes() == getattr(made[1], name).tobytes(), name
    assert np.isfinite(made[1].positions).all((1, 2)).sum() == FRAMES - 3


def test_maps_and_movies_are_the_same_bits(trained, files):
    model = trained[0] / "best.keras"
    settings = config.Prediction(batch_size=8)
    one, other = (maps.confidence_maps(file, model, settings, [50, 3]) for file in files)
    assert one.maps.tobytes() == other.maps.tobytes()
    one, other = (maps.stretch(file, model, settings, 35, 55) for file in files)
    for seen, again in zip(one.images, other.images, strict=True):
        for first, second in zip(seen, again, strict=True):
            assert first.tobytes() == second.tobytes()
