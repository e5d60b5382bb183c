"""Clips of regions and the ethogram: examples, colours and pages."""

from dataclasses import replace

import numpy as np
import pytest
from fixtures.drawn import texts
from fixtures.maps import (
    by_number,
    make_behavior,
    make_map,
    make_poses,
    make_stats,
    make_table,
    make_truth,
)
from matplotlib.colors import to_rgb

from leap_core.containers import (
    create_crops,
)
from leap_core.figures import style
from leap_core.figures.quality import clips, ethogram
from leap_core.io import video

# Clips


def test_examples_are_long_visits_near_the_peak_from_each_recording_in_turn():
    map_ = make_map()
    region = np.zeros(1000, int)
    region[100:110], region[300:390], region[600:690] = 1, 1, 1
    near = np.tile(map_.peak[0], (1000, 1))
    near[600:690] += 8  # as long, but far from the peak
    other = np.where(np.arange(500) < 30, 1, 0)
    behaviors = [
        make_behavior(region, "a", z=near),
        make_behavior(other, "b", z=np.tile(map_.peak[0], (500, 1))),
    ]
    found = clips.bouts(iter(behaviors), map_)
    assert list(found) == [1]
    visits = [tuple(bout[:3]) for bout in found[1]]
    assert visits[:2] == [("a", 300, 390), ("b", 0, 30)]
    assert set(visits[2:]) == {("a", 100, 110), ("a", 600, 690)}
    assert clips.bouts(behaviors, map_, 1)[1] == found[1][:1]


def test_the_sheet_shows_the_middle_of_a_visit(fly32):
    region = np.zeros(400, int)
    region[100:201] = 1
    stats = make_stats()
    map_, load = make_map(), by_number(make_poses(fly32, 400))
    chosen = clips.bouts([make_behavior(region)], map_)
    figure = clips.draw(map_, chosen, load, make_table(stats), 0.2)
    frames = [int(ax.images[0].get_array()[0, 0]) for ax in figure.axes if ax.images]
    assert len(frames) == clips.FRAMES
    assert frames[0] >= 125 and frames[-1] <= 176 and frames[-1] - frames[0] == 49
    assert set(np.diff(frames)) == {7}
    # a recording that begins with frame 250 of its video: 2.5 s later by the video's clock
    late = replace(make_behavior(region), frame=np.arange(250, 650))
    figure = clips.draw(map_, clips.bouts([late], map_), load, make_table(stats), 0.2)
    assert any(f"{(250 + frames[0]) / 100:.1f} s (visit" in text for text in texts(figure))


def test_visits_shorter_than_the_sheet_repeat_frames(fly32):
    region = np.zeros(50, int)
    region[20:23] = 1
    map_, load = make_map(), by_number(make_poses(fly32, 50))
    chosen = clips.bouts([make_behavior(region)], map_)
    figure = clips.draw(map_, chosen, load, make_table(make_stats()), 0.2)
    frames = [int(ax.images[0].get_array()[0, 0]) for ax in figure.axes if ax.images]
    assert set(frames) == {20, 21, 22}


def test_the_movie_has_a_tile_per_region_and_reads_crops_in_slices(fly32, tmp_path):
    frames = 400
    with create_crops(tmp_path / "c.h5", (128, 128, 1)) as crops:
        crops.set(recording="a", fps=100.0)
        number = np.arange(frames)
        images = np.broadcast_to(number[:, None, None, None] % 200, (frames, 128, 128, 1))
        crops.append(images, number, number >= 0, np.zeros((frames, 2)), np.zeros(frames))
    region = np.repeat(np.arange(10) % 6, 40)  # five regions are visited
    poses = make_poses(fly32, frames)
    deep = np.concatenate([poses.positions, np.ones((frames, len(fly32), 1))], axis=2)
    replace(poses, positions=deep).write(tmp_path / "p.h5")
    load = clips.loader({"a": tmp_path / "c.h5"}, {"a": tmp_path / "p.h5"})
    read = load("a", np.array([7, 7, 30]))
    assert read.images[:, 0, 0].tolist() == [7, 7, 30]
    np.testing.assert_array_equal(read.positions, poses.positions[[7, 7, 30]])
    assert read.skeleton.parts == fly32.parts
    chosen = clips.bouts([make_behavior(region)], make_map())
    made = clips.frames(chosen, load, 0.2, 5.0)
    first = next(made)
    assert first.shape == (2 * clips.TILE, 3 * clips.TILE, 3)
    assert (first[-clips.TILE :, -clips.TILE :] == 255).all()  # no sixth region
    count = video.write_video(tmp_path / "m.mp4", made, 5.0)
    assert count == int(clips.SECONDS * 5) - 1
    assert video.probe(tmp_path / "m.mp4").width == 3 * clips.TILE


# Ethogram


def test_regions_take_the_colour_of_the_behavior_they_coincide_with(fly32):
    names = ["stand", "walk_fast", "groom_front"]
    doing = np.repeat([0, 1, 2, 0], 100)
    region = np.repeat([3, 1, 2, 3], 100)
    region[:10] = 1  # ten frames disagree
    region[390:] = 0
    truth = {"a": make_truth(fly32, doing, names)}
    (strip,) = ethogram.reduced([make_behavior(region)], truth, 3)
    assert strip.coincides[:, :-1].tolist() == [[10, 100, 0], [0, 0, 100], [180, 0, 0]]
    figure = ethogram.draw([make_behavior(region)], make_map(3), truth)
    below, above = (image.get_array()[0] for image in figure.axes[0].images)
    colours = [to_rgb(style.BEHAVIOR_COLOURS[n]) for n in names]
    for strip, frame, colour in (
        (above, 150, colours[1]),
        (below, 150, colours[1]),
        (above, 5, colours[0]),
        (below, 5, colours[1]),
        (below, 399, (1, 1, 1)),
    ):
        assert strip[frame].tolist() == pytest.approx(list(colour))
    said = " ".join(texts(figure))
    assert "97% of the frames in regions agree" in said and "walk_fast (1)" in said


def test_a_recording_without_truth_gets_its_strip_alone(fly32):
    truth = {"a": make_truth(fly32, np.zeros(100, int), ["stand"])}
    behaviors = [make_behavior(np.ones(100, int), n) for n in "ab"]
    figure = ethogram.draw(behaviors, make_map(1), truth)
    assert [len(ax.images) for ax in figure.axes] == [2, 1]
    assert len(ethogram.draw(behaviors, make_map(1), {}).axes[0].images) == 1


def test_behaviors_have_colours_of_their_own():
    names = list(style.BEHAVIOR_COLOURS)
    assert len(set(style.behavior_colours(names))) == len(names) == 9
    assert len(set(style.behavior_colours(["a", "b", "c"]))) == 3


def test_a_page_holds_many_and_long_recordings(fly32):
    rng = np.random.default_rng(5)
    names = list(style.BEHAVIOR_COLOURS)
    region = np.repeat(rng.integers(0, 41, 900), 100)  # 15 minutes
    behaviors = [make_behavior(region, f"recording {k}") for k in range(90)]
    figure = ethogram.draw(behaviors, make_map(40), {})
    assert figure.get_size_inches()[1] * 25.4 < 240
    shown = [ax.get_ylabel() for ax in figure.axes]
    assert len(shown) == ethogram.MOST_STRIPS and shown[:2] == ["recording 0", "recording 2"]
    label = figure.axes[-1].get_xlabel()
    assert label.startswith("time (min)") and "40 of 90 recordings" in label
    assert "up to 1.5 s each" in label and figure.axes[-1].get_xlim()[1] == pytest.approx(15.0)
    few = ethogram.draw(behaviors[:6], make_map(40), {})
    assert few.get_size_inches()[1] * 25.4 < 240
    doing = make_truth(fly32, np.zeros(len(region), int), names)
    true = ethogram.draw(behaviors, make_map(40), {b.recording: doing for b in behaviors})
    assert true.get_size_inches()[1] * 25.4 < 240 and len(true.axes) == ethogram.MOST_TRUE
