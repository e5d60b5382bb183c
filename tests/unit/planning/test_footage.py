"""Sizes of videos: from the config, the audit, the file itself, or the mean of the others."""

import json
from pathlib import Path

import numpy as np
import pytest

from leap_core import config
from leap_core.errors import UserError
from leap_core.io import video
from leap_core.planning import footage


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LEAP_DATA", raising=False)
    frames = [np.full((48, 64), 8 * k, np.uint8) for k in range(10)]
    video.write_video(tmp_path / "there.mp4", frames, 25)
    return tmp_path


def settings(*videos):
    value = {"dataset": "d", "skeleton": "animal.yaml", "videos": list(videos)}
    return config.from_dict(value | {"synthetic": {"frames": 500, "size": 300}})


THERE = {"id": "there", "path": "there.mp4"}
GONE = {"id": "gone", "path": "gone.mp4"}


def test_a_file_tells_its_frames_and_sides(folder):
    found, lines = footage.sizes(settings(THERE, {"id": "made", "synthetic": 1}))
    held = (folder / "there.mp4").stat().st_size
    assert found["there"] == footage.Size(10, 64, 48, "file", held)
    assert found["made"] == footage.Size(500, 300, 300, "config") and not lines


def test_an_audit_has_counted(folder):
    path = Path("results/d/audit/there.json")
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"frames": 9, "width": 64, "height": 48}))
    assert footage.sizes(settings(THERE))[0]["there"].frames == 9
    path.write_text("{")
    assert footage.sizes(settings(THERE))[0]["there"].frames == 10


def test_what_is_missing_is_told(folder):
    found, (line,) = footage.sizes(settings(THERE, GONE))
    assert found["gone"] == footage.Size(10, 64, 48, "assumed")
    assert line.startswith("gone: not on disk") and "mean of the others" in line
    found, (line,) = footage.sizes(settings(THERE, GONE), (360_000, 1024, 900))
    assert found["gone"] == footage.Size(360_000, 1024, 900, "assumed")
    assert "360,000 frames of 1024 x 900" in line
    with pytest.raises(UserError, match="none of the 1 videos is on disk .*'gone'.*--assume"):
        footage.sizes(settings(GONE))
