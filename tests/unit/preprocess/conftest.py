"""Simulated flies: two in one arena, and one for half a minute."""

import cv2
import numpy as np
import pytest
from fixtures.once import once

from leap_core import config, containers, synthetic
from leap_core.io import video


@pytest.fixture(scope="module")
def pair(tmp_path_factory, fly32):
    """Two synthetic flies in one arena, the second four fifths as large; their truths."""
    folder = tmp_path_factory.mktemp("pair")
    settings = config.Synthetic(frames=600, size=480)
    for name, seed in (("a", 21), ("b", 22)):
        synthetic.render(folder / f"{name}.mp4", folder / f"{name}.h5", seed, settings, fly32)
    truths = [containers.Truth.read(folder / f"{name}.h5") for name in "ab"]
    small = np.array([[0.8, 0, 48.0], [0, 0.8, 48.0]])
    frames = []
    for (_, a), (_, b) in zip(
        video.read_frames(folder / "a.mp4"), video.read_frames(folder / "b.mp4"), strict=True
    ):
        frames.append(np.maximum(a, cv2.warpAffine(b, small, (480, 480), flags=cv2.INTER_AREA)))
    video.write_video(folder / "pair.mp4", frames, fps=truths[0].fps, crf=4)
    head, tail = (fly32.index(part) for part in ("head", "abdomen"))
    places = [truth.positions[:, [head, tail]].astype(float) for truth in truths]
    places[1] = places[1] * 0.8 + 48
    return folder / "pair.mp4", np.array(places), frames


@pytest.fixture(scope="session")
def twenty_seconds(tmp_path_factory, fly32):
    """A fly in an arena of 14 mm, which it crosses and turns in: video and truth."""

    def make(folder):
        settings = config.Synthetic(frames=2000, size=480)
        synthetic.render(folder / "fly.mp4", folder / "fly.h5", 1, settings, fly32)

    folder = once(tmp_path_factory, "twenty_seconds", make)
    return folder / "fly.mp4", containers.Truth.read(folder / "fly.h5")
