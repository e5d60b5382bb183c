"""What is said of footage that is not plain: depth, turn, pixels, half pictures."""

from fractions import Fraction

import numpy as np
import pytest
from fixtures import deep

from leap_core import config, preprocess
from leap_core.cli import video as videos
from leap_core.errors import UserError
from leap_core.preprocess import auditing, footage

TWELVE = [np.rint(deep.ramp(k) * 4095) for k in range(4)]


def test_an_audit_asks_for_bits_that_a_file_leaves_open(tmp_path):
    path = deep.write(tmp_path / "a.mkv", TWELVE, "gray16le")
    with pytest.raises(UserError, match=r"a\.mkv: .* above 4095; set `bits` in the config"):
        preprocess.audit(path, ask=True)
    report = preprocess.audit(path)
    assert preprocess.audit(path, 12, ask=True) == report
    stated = preprocess.audit(deep.write(tmp_path / "b.mkv", TWELVE, "gray12le"))
    assert report["content_sha256"] == stated["content_sha256"]
    assert (report["bits"], report["brightest"]) == (12, 255)
    assert footage.notes_of(report) == ["gray16le is read as 12 bits: white is 4095"]
    assert auditing.warnings_of(report) == auditing.warnings_of(stated) == []


def test_bits_that_leave_all_dark_are_doubted(tmp_path):
    path = deep.write(tmp_path / "a.mkv", TWELVE, "gray16le")
    told = auditing.warnings_of(preprocess.audit(path, 16))
    assert "no pixel is brighter than 16 of 255: is `bits` right?" in told


def test_pixels_and_half_pictures_are_told_with_a_remedy(tmp_path):
    images = [np.rint(16 + 219 * deep.ramp(k)) for k in range(4)]
    options = {"flags": "+ildct+ilme", "x264opts": "tff=1"}
    path = deep.write(
        tmp_path / "a.mp4", images, "yuv420p", "libx264", options=options, aspect=Fraction(2, 1)
    )
    report = preprocess.audit(path)
    assert (report["width"], report["height"]) == (64, 48)
    told = auditing.warnings_of(report)
    assert any("not square, but 2:1" in line and "scale=iw*sar:ih" in line for line in told)
    assert any("interlaced" in line and "yadif" in line for line in told)


def test_a_command_on_one_file_finds_the_bits_and_says_so(tmp_path, capsys):
    path = deep.write(tmp_path / "a.mkv", TWELVE, "gray16le")
    base = {"dataset": "a", "skeleton": "a.yaml", "track": {"recipe": "precropped"}}
    other = config.from_dict(base | {"videos": [{"id": "b", "path": "b.mp4"}]}, "c.yaml")
    assert videos.track_as_config(path, other).valid.all()
    assert "gray16le is read as 12 bits" in capsys.readouterr().err
    # one of several files of a dataset is not alone to tell
    both = [{"id": "a", "path": str(path)}, {"id": "b", "path": "b.mp4"}]
    with pytest.raises(UserError, match="set `bits`"):
        videos.track_as_config(path, config.from_dict(base | {"videos": both}, "c.yaml"))
