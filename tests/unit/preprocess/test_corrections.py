"""A person's corrections of a track: each by hand, and every wrong line told."""

from dataclasses import replace

import numpy as np
import pytest

from leap_core.containers import Track
from leap_core.errors import UserError
from leap_core.excerpts import doubtful_frames
from leap_core.preprocess import corrections
from leap_core.preprocess.corrections import Correction

HEADER = ",".join(corrections.HEADER)
OLDER = "action,first,last,animal,other,reason"


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


def mended(tmp_path, *lines, frames=10, header=OLDER):
    path = tmp_path / "c.csv"
    path.write_text("# by hand\n" + "\n".join([header, *lines]) + "\n")
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
        (
            "turn,1,2,0,,",
            "line 3: no action 'turn'; there are flip, drop, swap, place, bridge, join",
        ),
        ("flip,1,10,0,,", r"line 3: frame '10' is not there \(0 to 9\)"),
        ("flip,-1,2,0,,", "line 3: frame '-1' is not there"),
        (f"flip,{'9' * 5000},,0,,", "line 3: frame '9999"),
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


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("place,1,2,0,,3,,90,", "line 3: place needs a number for y, got ''"),
        ("place,1,2,0,,3,nan,90,", "line 3: place needs a number for y, got 'nan'"),
        ("flip,1,2,0,,3,,,", "line 3: only `place` has x, y and heading_deg"),
        ("join,1,2,0,,,,,", "line 3: animal '' is not there"),
        ("bridge,1,2,0,1,,,,", "line 3: bridge concerns one animal"),
    ],
)
def test_every_wrong_place_is_told(tmp_path, line, said):
    with pytest.raises(UserError, match=said):
        mended(tmp_path, line, header=HEADER)


def test_a_cell_without_end_is_told(tmp_path):
    with pytest.raises(UserError, match="line 3: field larger than field limit"):
        mended(tmp_path, "flip,1,2,0,," + "x" * 200_000)


def test_a_missing_or_headless_file_is_told(tmp_path):
    with pytest.raises(UserError, match="no such file; correct `corrections`"):
        corrections.read(tmp_path / "none.csv", 1, 10)
    (tmp_path / "excel.csv").write_text(f"{HEADER.replace(',', ';')}\n", encoding="utf-8-sig")
    with pytest.raises(UserError, match="header is action;first.*with commas between the cells"):
        corrections.read(tmp_path / "excel.csv", 1, 10)
    (tmp_path / "empty.csv").write_text("# nothing\n")
    with pytest.raises(UserError, match="is empty; its first line is action,"):
        corrections.read(tmp_path / "empty.csv", 1, 10)


def test_place_puts_an_animal_also_where_it_was_lost(tmp_path):
    lines = ["drop,3,5,0,,,,,", 'place,4,5,0,,12.5,30,90,"hidden, by the lid"']
    track, found = mended(tmp_path, *lines, header=HEADER)
    assert found.valid[0].tolist() == [True] * 3 + [False] + [True] * 6
    np.testing.assert_allclose(found.centroid[0, 4:6], [[12.5, 30]] * 2)
    np.testing.assert_allclose(turned(found.heading[0, 4:6], np.pi / 2), 0, atol=1e-3)
    assert (found.quality[0, 4:6] == 1).all() and (found.area[0, 4:6] == 50).all()
    np.testing.assert_array_equal(found.centroid[1], track.centroid[1])


def test_a_placed_animal_has_its_own_size_not_that_of_what_was_found_there():
    track = make_track()
    track = replace(track, body_length=np.full((2, 10), 8.0), body_width=np.full((2, 10), 3.0))
    for sizes in (track.area, track.body_length, track.body_width):
        sizes[0, 4] *= 0.2  # a mark on the floor
    line = Correction("place", 4, 5, 0, None, 50.0, 30.0, 0.0)
    found = corrections.apply(track, [line])
    assert (found.area[0, 4], found.body_length[0, 4], found.body_width[0, 4]) == (50, 8, 3)
    # one that was never found is as large as the others
    never = corrections.apply(corrections.apply(track, [Correction("drop", 0, 10, 0)]), [line])
    assert (never.area[0, 4], never.body_length[0, 4]) == (70, 8)


@pytest.mark.parametrize("place", ["212.5,30,0", "12,-5,0", "1e39,30,0"])
def test_a_place_outside_the_image_is_refused(tmp_path, place):
    with pytest.raises(UserError, match=r"c.csv line 3: x, y .* is outside the image of 100 x 100"):
        mended(tmp_path, f"place,4,5,0,,{place},", header=HEADER)


def test_turns_of_a_heading_are_taken_off(tmp_path):
    _, found = mended(
        tmp_path, "place,4,4,0,,10,10,-90,", "place,5,5,0,,10,10,1e30,", header=HEADER
    )
    assert turned(found.heading[0, 4], -np.pi / 2) < 0.01 and np.isfinite(found.heading).all()


def test_bridge_leads_straight_and_turns_the_shorter_way(tmp_path):
    lines = [
        "place,2,2,0,,0,0,350,",
        "place,6,6,0,,8,4,30,",
        "drop,3,5,0,,,,,",
        "bridge,3,5,0,,,,,",
    ]
    _, found = mended(tmp_path, *lines, header=HEADER)
    np.testing.assert_allclose(found.centroid[0, 2:7], [[0, 0], [2, 1], [4, 2], [6, 3], [8, 4]])
    np.testing.assert_allclose(
        np.degrees(found.heading[0, 2:7]) % 360, [350, 0, 10, 20, 30], atol=0.1
    )
    assert found.valid[0].all() and (found.quality[0, 3:6] == 1).all()


def test_a_bridge_rests_on_frames_with_the_animal(tmp_path):
    for lines in (["bridge,5,,0,,,,,"], ["drop,7,7,0,,,,,", "bridge,3,6,0,,,,,"]):
        with pytest.raises(UserError, match=r"c.csv line \d: animal 0 is not found in frame"):
            mended(tmp_path, *lines, header=HEADER)


def test_join_gives_a_fragment_to_its_animal(tmp_path):
    lines = ["drop,3,6,0,,,,,", "drop,5,5,1,,,,,", "join,4,6,0,1,,,,"]
    track, found = mended(tmp_path, *lines, header=HEADER)
    assert found.valid[0].tolist() == [True] * 3 + [False, True, False, True] + [True] * 3
    assert found.valid[1].tolist() == [True] * 4 + [False] * 3 + [True] * 3
    np.testing.assert_array_equal(found.centroid[0, [4, 6]], track.centroid[1, [4, 6]])
    assert np.isnan(found.heading[1, 4:7]).all()


def test_lines_go_into_a_table_and_out_and_comments_stay(tmp_path):
    """What a person wrote under the header of before is kept; what is written reads as given."""
    path = tmp_path / "c.csv"
    text = f'# mine\n{OLDER}\nflip,1,2,0,,\n# at the wall\nswap,5,,0,1,"after, all"\n'
    put = corrections.parsed(["place", "3", "", "1", "", "7.25", "8", "-90", "by hand"], 2, 10, "")
    for index, order in ((0, [2, 0, 1]), (1, [0, 2, 1]), (2, [0, 1, 2])):
        path.write_text(corrections.inserted(text, index, put, 10))
        found = corrections.read(path, 2, 10)
        assert [one.action for one in found] == [("flip", "swap", "place")[k] for k in order]
        (placed,) = [one for one in found if one.action == "place"]
        assert (placed.first, placed.stop, placed.x, placed.y) == (3, 10, 7.25, 8)
        np.testing.assert_allclose(turned(placed.heading, -np.pi / 2), 0, atol=1e-3)
        assert "after, all" in [one.reason for one in found]
        back = corrections.removed(path.read_text(), index)
        assert (
            back.splitlines()
            == corrections.removed(corrections.inserted(text, 2, put, 10), 2).splitlines()
        )
        assert "# mine" in back and "# at the wall" in back
    path.write_text(corrections.inserted("", 0, put, 10))
    assert len(corrections.read(path, 2, 10)) == 1


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
