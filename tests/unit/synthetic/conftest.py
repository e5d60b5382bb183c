"""Flies that are simulated once."""

import pytest
from fixtures.flies import ARENA, BOX, live

from leap_core import config, containers, synthetic


@pytest.fixture(scope="session")
def lives(fly32):
    """Truth of several flies before either camera."""
    box = config.Synthetic(frames=6000, size=200, camera="closed_loop")
    arena = config.Synthetic(frames=6000, size=480)
    return [live(box, seed, fly32) for seed in range(3)] + [live(arena, 3, fly32)]


@pytest.fixture(scope="session")
def rendered(tmp_path_factory, fly32):
    """Camera -> video and truth."""
    folder = tmp_path_factory.mktemp("synthetic")
    out = {}
    for name, settings in (("arena", ARENA), ("closed_loop", BOX)):
        track = folder / "camera.csv" if name == "closed_loop" else None
        files = folder / f"{name}.mp4", folder / f"{name}.h5"
        synthetic.render(*files, 7, settings, fly32, camera_path=track)
        out[name] = files[0], containers.Truth.read(files[1])
    out["track"] = folder / "camera.csv"
    return out
