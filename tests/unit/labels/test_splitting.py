"""Labels are split into known shares; what looks alike stays together: moments, films, twins."""

from dataclasses import replace

import numpy as np
import pytest
from fixtures.labels import fails, make
from hypothesis import given, settings
from hypothesis import strategies as st

from leap_core import config, labels
from leap_core.labels import splitting

NAMES = ("train", "validation", "test")


def filmed(frames, animals=1, **fields):
    """Labels of films: video -> frame numbers; every image is another one."""
    rows = [
        (video, f"{video}_animal{k}", frame)
        for video, numbers in frames.items()
        for frame in numbers
        for k in range(animals)
    ]
    video, source, frame = (np.array(column) for column in zip(*rows, strict=True))
    count = len(rows)
    images = np.zeros((count, 2, 2, 1), np.uint8)
    images[:, 0, 0, 0], images[:, 0, 1, 0] = np.arange(count) % 256, np.arange(count) // 256
    points = np.ones((count, 4, 2))
    return make(points, images, source=source, frame=frame, video=video, **fields)


def nearest_s(made, fps):
    """Least time between frames of different splits of one video, s."""
    least = np.inf
    for video in np.unique(made.video):
        mine = (made.video == video) & (made.split >= 0)
        frame, side = made.frame[mine], made.split[mine]
        apart = np.abs(frame[:, None] - frame)[side[:, None] != side]
        least = min(least, apart.min(initial=10**9) / fps)
    return least


def sizes(made):
    return [len(made.select(name)) for name in NAMES]


# --- blocks of time --------------------------------------------------------------------------


@st.composite
def films(draw):
    """Labeled frames of up to four films: few or many, near or far, in clips or alone."""
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    found = []
    for _ in range(draw(st.integers(1, 4))):
        count, clip = draw(st.integers(3, 120)), draw(st.sampled_from([1, 1, 5, 20]))
        starts = rng.integers(0, count * draw(st.sampled_from([1, 5, 20, 60])), -(-count // clip))
        found.append(np.unique((starts[:, None] + np.arange(clip)).ravel())[:count])
    if len(found[0]) < 3:
        found[0] = np.arange(3)
    return found


@settings(max_examples=40, deadline=None, derandomize=True)
@given(films(), st.sampled_from([0.0, 0.5, 1.0, 3.0]), st.sampled_from([25.0, 100.0]), st.data())
def test_frames_of_two_sides_are_never_nearer_than_the_gap(frames, gap, fps, data):
    animals = data.draw(st.integers(1, 2))
    seed = data.draw(st.integers(0, 9))
    made = filmed({f"v{k}": numbers for k, numbers in enumerate(frames)}, animals)
    wanted = config.Split(by="block", gap=gap)
    found = labels.split(made, wanted, seed, {f"v{k}": fps for k in range(len(frames))})
    division = found.division
    assert division["by"] == "block"
    assert division["gap_s"] <= gap and nearest_s(found, fps) >= max(division["gap_s"], 1 / fps)
    if division["gap_s"] < gap:
        assert division["gap_s"] == nearest_s(found, fps)
    # all sides, and what is said to be left out is
    assert min(sizes(found)) >= 1
    assert division["left_out"] == (found.split < 0).sum() <= 0.1 * len(made.frame)
    assert (f"{division['left_out']} of {len(made.frame)}" in found.note) == (
        division["left_out"] > 0
    )
    assert division["flatters"] == (division["gap_s"] < gap) == ("may flatter" in found.note)
    # two animals of one moment are on one side
    at = {(v, f): s for v, f, s in zip(found.video, found.frame, found.split, strict=True)}
    same = [at[v, f] for v, f in zip(found.video, found.frame, strict=True)]
    np.testing.assert_array_equal(found.split, same)
    # whatever the order in which they were labeled
    order = np.array(data.draw(st.permutations(range(len(made.frame)))))
    fields = ("images", "positions", "status", "source", "frame", "split", "video")
    mixed = replace(made, **{name: getattr(made, name)[order] for name in fields})
    again = labels.split(mixed, wanted, seed, {f"v{k}": fps for k in range(len(frames))})
    np.testing.assert_array_equal(again.split, found.split[order])
    assert again.note == found.note


def test_sampled_frames_of_films_keep_their_shares_and_the_whole_gap():
    rng = np.random.default_rng(1)
    frames = {name: rng.choice(6000, 75, replace=False) for name in ("fly1", "fly2")}
    splits = set()
    for seed in range(10):
        found = labels.split(filmed(frames), config.Split(), seed, dict.fromkeys(frames, 100.0))
        assert (found.division["by"], found.division["gap_s"]) == ("block", 1.0)
        assert not found.division["flatters"]
        assert nearest_s(found, 100.0) >= 1
        assert np.abs(np.subtract(sizes(found), (115, 20, 15))).max() <= 3
        # both films are learned from, and both judge
        for name in ("train", "test"):
            assert set(found.video[found.select(name)]) == set(frames)
        splits.add(found.split.tobytes())
    assert len(splits) > 5


def test_a_block_is_a_stretch_of_time():
    found = labels.split(filmed({"v": range(0, 100_000, 200)}), config.Split(), 3, {"v": 100.0})
    runs = 1 + np.sum(found.split[1:] != found.split[:-1])
    assert runs < 20 and (found.split >= 0).all()
    at_random = labels.split(filmed({"v": range(0, 100_000, 200)}), config.Split(by="frame"), 3)
    assert 1 + np.sum(at_random.split[1:] != at_random.split[:-1]) > 100


def test_borders_are_put_where_nothing_was_labeled():
    clips = [start + k for start in range(0, 30_000, 3000) for k in range(0, 100, 5)]
    found = labels.split(filmed({"v": clips}), config.Split(), 2, {"v": 25.0})
    assert found.division == {"by": "block", "gap_s": 1.0, "left_out": 0, "flatters": False}
    clip = found.frame // 3000
    assert all(len(set(found.split[clip == k])) == 1 for k in range(10))


def test_a_gap_is_a_second_to_the_frame():
    for apart in (100, 99):
        clips = [start + k for start in range(0, 20 * (apart + 9), apart + 9) for k in range(10)]
        found = labels.split(filmed({"v": clips}), config.Split(), 2, {"v": 100.0})
        assert (found.division["left_out"] > 0) == (apart < 100)
        assert found.division["gap_s"] == 1.0
        assert nearest_s(found, 100) >= 1


def test_labels_that_lie_too_close_say_so():
    found = labels.split(filmed({"v": range(100)}), config.Split(), 1, {"v": 100.0})
    assert 0 < found.division["gap_s"] < 1 and found.division["flatters"]
    assert found.division["left_out"] <= 10
    assert "1 s would leave out more than a tenth" in found.note and "may flatter" in found.note


def test_without_a_frame_rate_a_stated_one_counts():
    found = labels.split(filmed({"film": range(0, 30_000, 60)}), config.Split(), 1)
    assert nearest_s(found, splitting.ASSUMED_FPS) >= 1
    assert "100 frames count as a second of film" in found.note
    known = labels.split(filmed({"film": range(0, 30_000, 60)}), config.Split(), 1, {"film": 30.0})
    assert nearest_s(known, 30.0) >= 1 and "count as" not in known.note


def test_rows_among_films_are_divided_at_random_and_said():
    films = filmed({"v": range(0, 20_000, 200)})
    rows = make(np.ones((50, 4, 2)), 5 + np.arange(200).reshape(50, 2, 2, 1), frame=range(50))
    found = labels.split(labels.merge([films, rows]), config.Split(), 1, {"v": 100.0})
    assert found.division["by"] == "block" and found.division["flatters"]
    assert "50 images without frame number at random" in found.note
    assert np.abs(np.subtract(sizes(found), (115, 20, 15))).max() <= 3
    assert len(set(found.split[100:])) == 3
    assert nearest_s(replace(found, split=np.r_[found.split[:100], [-1] * 50]), 100) >= 1


def test_copies_of_an_image_stay_on_one_side_of_blocks():
    """One film listed under two names."""
    numbers = np.random.default_rng(2).choice(6000, 60, replace=False)
    one, two = filmed({"a": numbers}), filmed({"b": numbers})
    found = labels.split(labels.merge([one, two]), config.Split(), 5, {"a": 100, "b": 100})
    np.testing.assert_array_equal(found.split[:60], found.split[60:])
    # in a film of its own a copy may lie amid another side: then it is in none
    odd = filmed({"c": numbers})
    odd.images[1:] += 100
    found = labels.split(labels.merge([one, odd]), config.Split(), 5, {"a": 100, "c": 100})
    assert found.split[60] in (-1, found.split[0]) and nearest_s(found, 100) >= 1


# --- whole recordings ------------------------------------------------------------------------


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(st.integers(1, 12), min_size=3, max_size=20), st.integers(0, 9))
def test_no_video_is_on_two_sides(counts, seed):
    frames = {f"v{k}": range(n) for k, n in enumerate(counts)}
    found = labels.split(filmed(frames, animals=2), config.Split(by="recording"), seed)
    assert found.division["by"] == "recording" and not found.division["flatters"]
    assert {len(set(found.split[found.video == name])) for name in frames} == {1}
    assert min(sizes(found)) >= 1 and (found.split >= 0).all()


def test_ten_videos_are_divided_whole_by_themselves():
    nine, ten = ({f"v{k}": range(0, 9000, 300) for k in range(n)} for n in (9, 10))
    found = labels.split(filmed(ten), config.Split(), 1)
    assert found.division["by"] == "recording" and "10 videos" in found.note
    assert sizes(found) == [240, 30, 30]
    assert labels.split(filmed(nine), config.Split(), 1).division["by"] == "block"
    asked = labels.split(filmed(nine), config.Split(by="recording"), 1)
    assert asked.division["by"] == "recording"
    # files of labels are recordings too
    rows = replace(filmed(ten), video=None)
    assert labels.split(rows, config.Split(), 1).division["by"] == "recording"
    # one film holds nearly all
    uneven = ten | {"v0": range(0, 900_000, 300)}
    found = labels.split(filmed(uneven), config.Split(), 1)
    assert found.division["by"] == "block" and "too different numbers" in found.note


def test_animals_of_one_video_are_one_recording():
    pair = filmed({"v": range(0, 6000, 100)}, animals=2)
    pair = replace(pair, video=pair.source)  # as read from a file for each animal
    placed = {f"v_animal{k}": ("v", k) for k in range(2)}
    assert set(splitting.in_videos(pair, placed).video) == {"v"}
    assert set(splitting.in_videos(pair, {}).video) == set(placed)
    rows = replace(pair, video=None)
    assert set(splitting.in_videos(rows, placed).video) == {""}


def test_too_few_recordings_or_moments():
    two = filmed({"a": range(0, 900, 100), "b": range(0, 900, 100)})
    with fails("a_animal0, b_animal0", "2 different recordings", "at least 3 recordings"):
        labels.split(two, config.Split(by="recording"), 1)
    pairs = filmed({"a": [5, 300]}, animals=2)
    with fails("4 of 4", "2 different frames of videos", "at least 3"):
        labels.split(pairs, config.Split(), 1)


# --- frames at random ------------------------------------------------------------------------


def test_frames_at_random_and_labels_without_frame_numbers_say_that_errors_may_flatter():
    asked = labels.split(filmed({"v": range(0, 9000, 100)}), config.Split(by="frame"), 1)
    unnumbered = make(np.ones((40, 4, 2)))
    rows = labels.split(unnumbered, config.Split(), 1)
    for found in (
        asked,
        rows,
        labels.split(unnumbered, config.Split(by="block"), 1),
    ):
        assert found.division == {"by": "frame", "gap_s": None, "left_out": 0, "flatters": True}
        assert "neighbouring frames of one video on both sides: errors may flatter" in found.note
    assert "none of the labels have frame numbers" in rows.note and ";" not in asked.note


def test_a_first_label_among_many_rows_is_one_more():
    rows = make(np.ones((40, 4, 2)), frame=range(40))
    first = filmed({"v": [7, 8]})
    first = replace(first, images=np.full((2, 8, 8, 1), [[[[3]]], [[[4]]]]))
    found = labels.split(labels.merge([rows, first]), config.Split(), 1)
    assert found.division["by"] == "frame" and "only 2 of the labels" in found.note
    assert sum(sizes(found)) == 42


def test_the_order_of_labels_makes_no_difference():
    rng = np.random.default_rng(3)
    made = make(np.ones((60, 4, 2)), rng.integers(0, 255, (12, 8, 8, 1))[rng.integers(0, 12, 60)])
    order = rng.permutation(60)
    fields = ("images", "positions", "status", "source", "frame", "split")
    mixed = replace(made, **{name: getattr(made, name)[order] for name in fields})
    for seed in range(5):
        one, two = (labels.split(each, config.Split(), seed) for each in (made, mixed))
        np.testing.assert_array_equal(two.split, one.split[order])


@pytest.mark.parametrize(
    ("total", "shares", "expected"),
    [
        (70, (0.765, 0.135, 0.10), (54, 9, 7)),
        (1500, (0.765, 0.135, 0.10), (1147, 203, 150)),
        (10, (0.9, 0.1, 0.0), (9, 1, 0)),
        (3, (0.765, 0.135, 0.10), (1, 1, 1)),
    ],
)
def test_split_counts(total, shares, expected):
    images = np.arange(total * 64).reshape(total, 8, 8, 1) % 251
    images[:, 0, 0, 0], images[:, 0, 1, 0] = np.arange(total) % 256, np.arange(total) // 256
    found = labels.split(make(np.ones((total, 4, 2)), images), config.Split(*shares), seed=1)
    sizes = [len(found.select(name)) for name in ("train", "validation", "test")]
    assert sum(sizes) == total
    assert all(abs(a - b) <= 1 for a, b in zip(sizes, expected, strict=True))
    assert all((share > 0) == (size > 0) for share, size in zip(shares, sizes, strict=True))


def test_split_is_seeded_and_leaves_unlabeled_samples_out():
    points = np.ones((40, 4, 2))
    points[::4] = np.nan
    points[1::4, 1:] = np.nan  # partial labels count
    made = make(points)
    one, two, three = (labels.split(made, config.Split(), seed) for seed in (1, 1, 2))
    assert (one.split[::4] == -1).all()
    assert (np.delete(one.split, np.s_[::4]) >= 0).all()
    np.testing.assert_array_equal(one.split, two.split)
    assert (one.split != three.split).any()
    whole = one.undivided()
    assert (whole.split[::4] == -1).all() and (np.delete(whole.split, np.s_[::4]) == 0).all()
    assert whole.division == {} and whole.note != one.note


def test_duplicates_never_cross_splits():
    rng = np.random.default_rng(4)
    owner = rng.integers(0, 12, 60)
    images = rng.integers(0, 255, (12, 8, 8, 1))[owner]
    for seed in range(20):
        found = labels.split(make(np.ones((60, 4, 2)), images), config.Split(), seed)
        assert {len(set(found.split[owner == k])) for k in set(owner)} == {1}
        assert set(found.split) == {0, 1, 2}


def test_too_few_labels():
    points = np.ones((5, 4, 2))
    points[2:] = np.nan
    with fails("2 of 5 samples", "at least 3"):
        labels.split(make(points), config.Split(), 1)
    with fails("0 of 5"):
        labels.split(make(points * np.nan), config.Split(), 1)
    same = np.zeros((5, 8, 8, 1))  # five copies of one image
    with fails("5 of 5", "1 different image"):
        labels.split(make(np.ones((5, 4, 2)), same), config.Split(), 1)
