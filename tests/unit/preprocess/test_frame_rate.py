import json

import pytest
from fixtures import numbered

from leap_core import config, preprocess
from leap_core.errors import UserError
from leap_core.io import atomic, video
from leap_core.preprocess import auditing, frame_rate

BOXES = config.Track(recipe="precropped")


@pytest.fixture(scope="module")
def stream(tmp_path_factory):
    path = tmp_path_factory.mktemp("raw") / "pi.mjpeg"
    options = {"codec": "mjpeg", "pixels": "yuvj420p", "muxer": "mjpeg"}
    return numbered.write(path, 12, rate=90, **options)


def test_a_stream_without_time_stamps_asks_for_its_rate(stream):
    with pytest.raises(UserError, match=r"pi\.mjpeg: has no time stamps.*videos\[\]\.fps"):
        preprocess.track(stream, BOXES)


def test_the_rate_that_is_given_is_taken_and_told(stream, tmp_path, capsys):
    assert preprocess.track(stream, BOXES, fps=90).fps == 90
    assert "90 frames/s as `fps` says (the file is without time stamps)" in capsys.readouterr().err
    path = numbered.write(tmp_path / "a.mp4", 12)
    assert preprocess.track(path, BOXES, fps=200).fps == 200
    assert "200 frames/s as `fps` says (the file is of 50 frames/s)" in capsys.readouterr().err
    assert preprocess.track(path, BOXES, fps=50).fps == preprocess.track(path, BOXES).fps == 50
    assert not capsys.readouterr().err.count("note")


def test_what_lacks_in_a_file_is_told(tmp_path):
    gap = video.probe(numbered.write(tmp_path / "a.mkv", 40, left_out=(20, 21)))
    assert frame_rate.notes(gap, None) == [frame_rate.missing([20, 21])]
    assert frame_rate.missing([20, 21]).startswith("2 frames were never recorded (20, 21)")
    assert "(1, 2, 3, 4, 5, ...)" in frame_rate.missing(range(1, 9))
    uneven = video.probe(numbered.write(tmp_path / "a.mp4", 40, left_out=(20, 21)))
    (line,) = frame_rate.notes(uneven, None)
    assert line.startswith("variable frame rate") and "in order" in line


def test_the_audit_tells_frames_never_recorded_from_unreadable_ones(tmp_path, stream):
    report = preprocess.audit(numbered.write(tmp_path / "a.mkv", 40, left_out=(20, 21)))
    assert (report["frames"], report["decoded"]) == (40, 38)
    assert (list(report["dropped"]), report["unreadable"]) == ([20, 21], [])
    assert frame_rate.missing([20, 21]) in auditing.warnings_of(report)
    atomic.write_json(tmp_path / "a.json", preprocess.audit(stream))
    assert json.loads((tmp_path / "a.json").read_text())["fps"] is None
