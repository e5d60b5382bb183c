"""A person's corrections of a track: each by hand, and every wrong line told."""

import numpy as np
import pytest

from leap_core import config, preprocess
from leap_core.containers import Track
from leap_core.errors import UserError
from leap_core.excerpts import doubtful_frames
from leap_core.io import video
from leap_core.preprocess import corrections

HEADER = "action,first,last,animal,other,reason"


def make_track(frames=10):
    centroid = np.arange(2 * frames * 2, dtype=float).reshape(2, frames, 2)
    heading = np.stack([np.linspace(0, 0.9, frames), np.linspace(3, 2, frames)])
    return Track(
        centroid=centroid,
        heading=heading,
        valid=np.ones((2, frames), bool),
        area=np.stack([np.full(frames, 50.0), np.full(frames, 70.0)]),
        quality=np.full((2, frames), 0.4),
        fps=10.0,
        width=100,
        height=100,
    )


def mended(tmp_path, *lines, frames=10):
    path = tmp_path / "c.csv"
    path.write_text("# by hand\n" + "\n".join([HEADER, *lines]) + "\n")
    track = make_track(frames)
    return track, corrections.apply(track, corrections.read(path, 2, frames))


def turned(a, b):
    return np.degrees(np.abs(np.angle(np.exp(1j * (np.asarray(a) - b)))))


def test_flip_turns_these_frames_of_one_animal(tmp_path):
    track, found = mended(tmp_path, "flip,3,5,1,,backwards")
    np.testing.assert_allclose(turned(found.heading[1, 3:6], track.heading[1, 3:6]), 180)
    rest = [0, 1, 2, 6, 7, 8, 9]
    np.testing.assert_allclose(turned(found.heading[1, rest], track.heading[1, rest]), 0, atol=1e-3)
    np.testing.assert_array_equal(found.heading[0], track.heading[0])
    assert (found.quality[1, 3:6] == 1).all() and (found.quality[1, rest] == 0.4).all()
    np.testing.assert_array_equal(found.centroid, track.centroid)


def test_drop_to_the_end_and_swap(tmp_path):
    track, found = mended(tmp_path, "drop,8,,0,,", "swap,2,4,0,1,")
    assert found.valid[0].tolist() == [True] * 8 + [False] * 2 and found.valid[1].all()
    assert np.isnan(found.centroid[0, 8:]).all() and np.isnan(found.heading[0, 8:]).all()
    np.testing.assert_array_equal(found.area[0], [50, 50, 70, 70, 70, 50, 50, 50, np.nan, np.nan])
    np.testing.assert_array_equal(found.centroid[1, 2:5], track.centroid[0, 2:5])
    np.testing.assert_allclose(turned(found.heading[0, 2:5], track.heading[1, 2:5]), 0, atol=1e-3)


def test_two_swaps_and_two_flips_are_none(tmp_path):
    lines = ["swap,2,6,0,1,", "flip,1,3,0,,", "flip,1,3,0,,", "swap,2,6,1,0,"]
    track, found = mended(tmp_path, *lines)
    np.testing.assert_array_equal(found.centroid, track.centroid)
    np.testing.assert_allclose(turned(found.heading, track.heading), 0, atol=1e-3)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("turn,1,2,0,,", "line 3: no action 'turn'; there are flip, drop, swap"),
        ("flip,1,10,0,,", r"line 3: frame '10' is not there \(0 to 9\)"),
        ("flip,-1,2,0,,", "line 3: frame '-1' is not there"),
        ("flip,5,4,0,,", "line 3: frames 5 to 4 are none"),
        ("drop,1,2,2,,", r"line 3: animal '2' is not there \(0 to 1\)"),
        ("swap,1,2,0,,", "line 3: animal '' is not there"),
        ("swap,1,2,1,1,", "line 3: animals 1 and 1 are the same"),
        ("flip,1,2,0,1,", "line 3: flip concerns one animal"),
        ("flip,1,2", "line 3: expected action,first,last,animal,other,reason"),
    ],
)
def test_every_wrong_line_is_told(tmp_path, line, said):
    with pytest.raises(UserError, match=said):
        mended(tmp_path, line)


def test_a_missing_or_headless_file_is_told(tmp_path):
    with pytest.raises(UserError, match="no such file; correct `corrections`"):
        corrections.read(tmp_path / "none.csv", 1, 10)
    (tmp_path / "empty.csv").write_text("# nothing\n")
    with pytest.raises(UserError, match="is empty; its first line is action,"):
        corrections.read(tmp_path / "empty.csv", 1, 10)


def test_a_track_is_made_with_its_corrections(tmp_path):
    """Boxes whose head points right, of which some frames are turned and some left out."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (6, 48, 48)).astype(np.uint8)
    video.write_video(tmp_path / "boxes.mp4", images, fps=10, crf=0)
    (tmp_path / "c.csv").write_text(f"{HEADER}\nflip,1,2,0,,\ndrop,4,4,,,\n")
    track = preprocess.track(
        tmp_path / "boxes.mp4",
        config.Track(recipe="precropped"),
        corrections_path=tmp_path / "c.csv",
    )
    expected = [0, 180, 180, 0, np.nan, 0]
    np.testing.assert_allclose(np.degrees(track.heading[0]) % 360, expected, atol=1e-3)
    assert track.valid[0].tolist() == [True] * 4 + [False, True]


def test_suspects_are_the_frames_that_were_spoiled():
    """One frame each with an unsure head, a turn, a step and another size; each is found first."""
    track = make_track(100)
    centroid, heading = np.zeros((2, 100, 2)), np.zeros((2, 100))
    quality, area = np.ones((2, 100)), np.full((2, 100), 50.0)
    quality[1, 20], heading[1, 40:], area[1, 80] = 0.1, 0.5, 90.0
    centroid[1, 60:] = 7
    spoiled = Track(
        centroid=centroid, heading=heading, valid=track.valid, area=area, quality=quality, fps=10.0
    )
    found = doubtful_frames.rank(spoiled, 1, 3)
    assert found["head unsure"].tolist() == [20]
    assert [found[name][0] for name in ("turn", "step", "size")] == [40, 60, 80]
    assert found["even"].tolist() == [0, 50, 99]
