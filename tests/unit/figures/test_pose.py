"""Figures 1c, 1d, 1e, S3, training, confidence: the right second, places, and true drawings."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fixtures.drawn import PLAIN
from fixtures.flies import live

from leap_core import config, geometry
from leap_core.containers import Crops, Maps, Poses
from leap_core.errors import UserError
from leap_core.excerpts import walking
from leap_core.figures import style
from leap_core.figures.paper import fig1c, fig1de, figS3
from leap_core.figures.quality import confidence, training

FPS = 100.0
REST = {  # leg -> tip's place in a 192 px crop of a fly whose head is at (140, 95.5)
    "LF": (158, 75), "LM": (105, 40), "LH": (40, 60),
    "RF": (158, 116), "RM": (105, 151), "RH": (40, 131),
}  # fmt: skip
WALK, GROOM, SHAKE = (200, 400), (500, 700), (750, 900)


@pytest.fixture
def fly(fly32):
    """900 frames: a fly that stands, walks, stands, grooms, stands and waves its front legs."""
    frames = 900
    rng = np.random.default_rng(0)
    positions = np.tile([95.5, 95.5], (frames, 32, 1)) + np.zeros((frames, 32, 2))
    positions[:, fly32.index("head"), 0] = 140
    positions[:, fly32.index("abdomen"), 0] = 50
    phase = 2 * np.pi * 8 * np.arange(frames) / FPS
    for k, (leg, tip) in enumerate(fly32.leg_tips.items()):
        positions[:, tip] = REST[leg]
        walk = slice(*WALK)
        positions[walk, tip, 0] += 15 * np.cos(phase[walk] + np.pi * (k % 2))
        if leg in ("LF", "RF"):
            groom, shake = slice(*GROOM), slice(*SHAKE)
            positions[groom, tip] = (150, 95.5 + (-6 if leg == "LF" else 6))
            positions[groom, tip, 0] += 6 * np.cos(phase[groom])
            positions[shake, tip, 1] += 6 * np.cos(phase[shake]) + (-20 if leg == "LF" else 20)
    positions += rng.normal(0, 0.15, positions.shape)
    return Poses(
        positions=positions,
        confidence=np.full((frames, 32), 0.9),
        frame=np.arange(frames) + 1000,
        valid=np.ones(frames),
        skeleton=fly32,
        recording="fly",
        fps=FPS,
        px_per_mm=30.0,
    )


def inside(bout, span, edge=15):
    """The bout lies in the stretch, give or take a few frames of standing at its ends."""
    return span[0] - edge <= bout.rows.start and bout.rows.stop <= span[1] + edge


# --- which second ----------------------------------------------------------------------------


def test_walking_and_grooming_are_found(fly):
    walk, groom = walking.best_walking(fly, 0.2), walking.head_grooming(fly, 0.2)
    assert inside(walk, WALK) and inside(groom, GROOM)
    assert walk.rows.stop - walk.rows.start == FPS
    np.testing.assert_allclose(walk.time, np.arange(100) / FPS)


def test_gait_decides_which_walking_counts(fly):
    walks = np.zeros(900, bool)
    walks[270:385] = True
    found = walking.best_walking(fly, 0.2, walks)
    assert found.rows.start >= 270 and found.rows.stop <= 385
    assert (
        walking.best_walking(fly, 0.2, np.zeros(900, bool)).rows
        == walking.best_walking(fly, 0.2).rows
    )
    walks[:] = False
    walks[500:700] = True  # not while it grooms
    assert walking.best_walking(fly, 0.2, walks) is None


def test_a_still_fly_neither_walks_nor_grooms(fly):
    still = replace(fly, positions=np.tile(fly.positions[:100], (9, 1, 1)))
    assert walking.best_walking(still, 0.2) is None and walking.head_grooming(still, 0.2) is None


def test_front_legs_that_move_away_from_the_head_do_not_groom(fly):
    positions = fly.positions.copy()
    positions[slice(*GROOM)] = positions[:200]
    assert walking.head_grooming(replace(fly, positions=positions), 0.2) is None


def test_the_most_certain_second_is_taken(fly):
    confidence = fly.confidence.copy()
    confidence[:, list(fly.skeleton.leg_tips.values())] = 0.5
    confidence[280:400] = 0.95
    found = walking.best_walking(replace(fly, confidence=confidence), 0.2)
    assert 280 <= found.rows.start and found.rows.stop <= 402


def test_a_tip_that_is_not_seen_is_no_evidence(fly):
    confidence = fly.confidence.copy()
    confidence[240:360, fly.skeleton.leg_tips["RH"]] = 0.1
    assert walking.best_walking(replace(fly, confidence=confidence), 0.2) is None
    confidence[:, fly.skeleton.leg_tips["RH"]] = 0.1
    assert walking.head_grooming(replace(fly, confidence=confidence), 0.2) is None


def test_distance_from_the_mean_place(fly):
    """A tip that swings by 15 px about its mean, in 12.5 frames a stroke."""
    found = walking.best_walking(fly, 0.2, np.arange(900) // 100 == 2)
    assert found.units == "mm" and found.legs == tuple(fly.skeleton.legs)
    swing = np.abs(15 * np.cos(2 * np.pi * 8 * found.time)) / 30
    np.testing.assert_allclose(found.distance[:, 0], swing, atol=0.03)
    unscaled = walking.best_walking(replace(fly, px_per_mm=float("nan")), 0.2)
    assert unscaled.units == "px" and 14 < unscaled.distance.max() < 16.5


def test_pictures_span_the_bout(fly):
    found = walking.best_walking(fly, 0.2)
    assert len(found.shown) == 6 and (np.diff(found.shown) >= 8).all()
    assert found.rows.start <= found.shown[0] and found.shown[-1] < found.rows.stop
    tip = fly.positions[found.shown, fly.skeleton.leg_tips["LM"], 0]
    assert np.ptp(tip) > 25  # of the 30 px between the ends of a stroke


def test_one_wrong_frame_is_not_shown():
    rng = np.random.default_rng(1)
    points = rng.normal(0, 0.1, (60, 2)) + np.sin(np.arange(60) / 3)[:, None]
    points[[15, 33, 50]] += 100
    chosen = walking.spread_out(points, 4)
    assert len(chosen) == 4 and not set(chosen) & {15, 33, 50}


def test_without_legs_rate_or_length_there_is_no_bout(fly):
    plain = Poses(
        positions=np.zeros((300, 2, 2)),
        confidence=np.ones((300, 2)),
        frame=np.arange(300),
        valid=np.ones(300),
        skeleton=PLAIN,
        fps=FPS,
    )
    names = ("positions", "confidence", "frame", "valid")
    short = replace(fly, **{name: getattr(fly, name)[:80] for name in names})
    for poses in (plain, short, replace(fly, fps=float("nan"))):
        assert (
            walking.best_walking(poses, 0.2) is None and walking.head_grooming(poses, 0.2) is None
        )
    assert 0 <= walking.example_frame(plain, 0.2) < 300


def test_example_frame_is_sure_and_spread(fly):
    confidence = fly.confidence.copy()
    confidence[300:400] = 0.95  # more than a tenth of all frames
    confidence[310] = 0.96
    confidence[310, 3] = 0.05  # one lost part spoils the frame
    wide = fly.positions.copy()
    tips = list(fly.skeleton.leg_tips.values())
    wide[[100, 310, 333]] = wide[0]
    wide[[100, 310, 333]] += (
        0.5 * (wide[[100, 310, 333]] - 95.5) * np.isin(np.arange(32), tips)[:, None]
    )
    assert walking.example_frame(replace(fly, positions=wide, confidence=confidence), 0.2) == 333
    invalid = replace(fly, valid=np.zeros(900))
    assert walking.example_frame(invalid, 0.2) == 0


def test_bouts_of_the_synthetic_fly(fly32):
    """What the simulated fly really did in the seconds that its true poses point to."""
    truth = live(config.Synthetic(frames=1500, size=320), 2, fly32)
    poses = Poses(
        positions=geometry.to_crop(truth.positions, truth.centroid, truth.heading, 192),
        confidence=np.full((1500, 32), 0.9),
        frame=np.arange(1500),
        valid=np.ones(1500),
        skeleton=fly32,
        fps=truth.fps,
        px_per_mm=truth.px_per_mm,
    )
    names = np.array(truth.behaviors)[truth.behavior]
    walk = walking.best_walking(poses, 0.2)
    assert np.mean([name.startswith("walk") for name in names[walk.rows]]) > 0.85
    groom = walking.head_grooming(poses, 0.2)
    assert np.mean([name == "groom_front" for name in names[groom.rows]]) > 0.85


# --- confidence maps -------------------------------------------------------------------------


def test_maps_are_the_networks_and_give_the_predicted_positions(fly32, tmp_path):
    from leap_core.pose import inference, maps, model, networks

    rng = np.random.default_rng(0)
    network = networks.build("leap_cnn", 32, 4, "float32")
    card = model.ModelCard(fly32, "leap_cnn", 4, 0.5, 48, 5.0, 0, 0.0)
    model.write(network, card, tmp_path / "best.keras")
    crops = Crops(
        images=rng.integers(0, 255, (4, 48, 48, 1)),
        frame=np.arange(4) + 10,
        valid=np.ones(4),
        center=np.zeros((4, 2)),
        heading=np.zeros(4),
        recording="fly",
    )
    crops.write(tmp_path / "crops.h5")
    settings = config.Prediction(refine="none")
    files = (tmp_path / "crops.h5", tmp_path / "best.keras", settings)
    found = maps.confidence_maps(*files, [3, 1])
    assert found.maps.shape == (2, 24, 24, 32) and found.frame.tolist() == [13, 11]
    np.testing.assert_array_equal(found.images, crops.images[[3, 1]])
    poses = inference.predict_crops(*files)
    np.testing.assert_allclose(found.positions, poses.positions[[3, 1]], atol=1e-5)
    for sample in range(2):
        for joint in range(32):
            y, x = np.unravel_index(np.argmax(found.maps[sample, ..., joint]), (24, 24))
            np.testing.assert_allclose(
                found.positions[sample, joint], (np.array([x, y]) + 0.5) / 0.5 - 0.5
            )
    with pytest.raises(UserError, match="no row 4, there are 4"):
        maps.confidence_maps(*files, [4])


# --- drawings --------------------------------------------------------------------------------


@pytest.fixture
def example(fly, fly32):
    """One frame with a map of half the image's size, a bump of height 0.8 at each part."""
    points = fly.positions[250]
    y, x = np.mgrid[:96, :96]
    away = (x[..., None] - points[:, 0] / 2) ** 2 + (y[..., None] - points[:, 1] / 2) ** 2
    return Maps(
        images=np.random.default_rng(0).integers(0, 90, (1, 192, 192, 1)),
        maps=0.8 * np.exp(-away / 18)[None],
        positions=points[None],
        confidence=np.full((1, 32), 0.8),
        frame=[250],
        recording="fly",
        skeleton=fly32,
    )


def test_fig1c_shows_maps_and_circles_their_peaks(example):
    fig = fig1c.draw(example)
    crop, all_maps, skeleton, *insets = fig.axes
    np.testing.assert_array_equal(crop.images[0].get_array(), example.images[0, ..., 0])
    drawn = all_maps.images[1]
    np.testing.assert_allclose(drawn.get_array(), example.maps[0].max(axis=-1))
    assert drawn.get_extent() == [-0.5, 191.5, 191.5, -0.5]
    insets = [ax for ax in insets if ax.patches]
    parts = fig1c.inset_parts(example.skeleton)
    names = ["head", "forelegL4", "hindlegR4"]
    assert [example.skeleton.parts[k] for k in parts] == names
    for ax, part in zip(insets, parts, strict=True):
        np.testing.assert_allclose(ax.patches[0].center, example.positions[0, part])
        np.testing.assert_allclose(ax.images[0].get_array(), example.maps[0, ..., part])
        assert example.skeleton.parts[part] in ax.get_xlabel()
    points = [line.get_xydata()[0] for line in skeleton.lines if line.get_marker() == "o"]
    np.testing.assert_allclose(points, example.positions[0], atol=1e-4)


def test_fig1c_of_another_animal(example):
    two = replace(
        example,
        maps=example.maps[..., :2],
        positions=example.positions[:, :2],
        confidence=example.confidence[:, :2],
        skeleton=PLAIN,
    )
    fig = fig1c.draw(two)
    assert sum(bool(ax.patches) for ax in fig.axes[3:]) == 2


def draw_bout(fly, bout):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 90, (len(bout.shown), 192, 192))
    return fig1de.draw("walking", bout, images, fly, 0.2)


def test_fig1d_traces_are_the_distances_on_one_scale(fly):
    bout = walking.best_walking(fly, 0.2)
    fig = draw_bout(fly, bout)
    traces, *panels = fig.axes
    lines = {str(line.get_gid()): line for line in traces.lines if line.get_gid()}
    base = traces.get_yticks()
    for k, leg in enumerate(bout.legs):
        x, y = lines[f"tip {leg}"].get_data()
        np.testing.assert_allclose(x, bout.time)
        np.testing.assert_allclose(y - base[k], bout.distance[:, k], atol=1e-6)
        assert lines[f"tip {leg}"].get_color() == style.LEG_COLOURS[leg]
    foot, top = lines["scale"].get_ydata()
    texts = [text.get_text() for text in traces.texts]
    assert f"{top - foot:g} mm" in texts
    assert len(panels) == 6
    for k, ax in enumerate(panels):
        assert f"{bout.time[bout.shown[k] - bout.rows.start]:.2f} s" in ax.get_title(loc="center")


def test_fig1d_leaves_gaps_where_tips_are_unsure(fly):
    confidence = fly.confidence.copy()
    bout = walking.best_walking(fly, 0.2)
    confidence[bout.rows.start + 30, fly.skeleton.leg_tips["LM"]] = 0.05
    poses = replace(fly, confidence=confidence)
    walks = np.zeros(900, bool)
    walks[bout.rows] = True
    again = walking.best_walking(poses, 0.2, walks)
    assert np.isnan(again.distance[:, 1]).sum() == 1 and again.rows == bout.rows
    assert draw_bout(poses, again).axes[0].get_xlabel() == "time (s)"


@pytest.mark.parametrize("suffix", ["png", "pdf"])
def test_equal_bouts_give_equal_bytes(fly, tmp_path, suffix):
    bout = walking.head_grooming(fly, 0.2)
    paths = [tmp_path / f"{k}.{suffix}" for k in range(2)]
    for path in paths:
        style.save(draw_bout(fly, bout), path)
    one, two = (hashlib.sha256(Path(p).read_bytes()).hexdigest() for p in paths)
    assert one == two


def crossing(a, b):
    """Whether two segments (end, xy) cross."""

    def side(p, q, r):
        return np.sign((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]))

    return side(*a, b[0]) * side(*a, b[1]) < 0 and side(*b, a[0]) * side(*b, a[1]) < 0


def test_figS3_names_every_part_apart_and_without_crossing_lines(fly):
    image = np.random.default_rng(0).integers(0, 90, (192, 192))
    points = fly.positions[250] + np.random.default_rng(2).normal(0, 12, (32, 2))
    fig = figS3.draw(image, points, fly.skeleton)
    fig.draw_without_rendering()
    (ax,) = fig.axes
    assert sorted(t.get_text() for t in ax.texts) == sorted(fly.skeleton.parts)
    boxes = [text.get_window_extent() for text in ax.texts]
    assert not any(a.overlaps(b) for k, a in enumerate(boxes) for b in boxes[:k])
    leaders = [line.get_xydata() for line in ax.lines if line.get_gid() == "leader"]
    assert not any(crossing(a, b) for k, a in enumerate(leaders) for b in leaders[:k])
    for text, leader in zip(ax.texts, leaders, strict=True):
        part = fly.skeleton.index(text.get_text())
        np.testing.assert_allclose(leader[0], points[part], atol=1e-6)
        assert leader[1][1] == text.get_position()[1]
    frame = fig.bbox
    assert all(frame.x0 <= b.x0 and b.x1 <= frame.x1 for b in boxes)


def test_figS3_lists_what_is_not_labeled(fly):
    points = fly.positions[0].copy()
    points[[3, 7]] = np.nan
    (ax,) = figS3.draw(np.zeros((192, 192)), points, fly.skeleton).axes
    assert len(ax.texts) == 30
    assert ax.get_xlabel() == "not labeled here: neck, forelegR2"
    nothing = figS3.draw(np.zeros((48, 64)), np.full((2, 2), np.nan), PLAIN)
    assert nothing.axes[0].get_xlabel() == "not labeled here: nose, tail"


def test_figS3_shows_the_image_where_it_is(fly):
    image = np.arange(192 * 192).reshape(192, 192) % 251
    (ax,) = figS3.draw(image, fly.positions[0], fly.skeleton).axes
    left, right, bottom, top = ax.images[0].get_extent()
    part = image[round(top + 0.5) : round(bottom + 0.5), round(left + 0.5) : round(right + 0.5)]
    np.testing.assert_array_equal(ax.images[0].get_array(), part)
    assert part.shape == (bottom - top, right - left)


# --- which parts are learned -------------------------------------------------------------------


def training_figure(states, peaks, names="abcdefgh"):
    epochs = np.arange(1, 6)
    loss = 0.001 / epochs
    history = pd.DataFrame(
        {"epoch": epochs, "loss": loss, "validation_loss": loss, "learning_rate": loss}
    )
    names = [f"part {c}" for c in names[: len(states)]]
    parts = {"part": names, "peak": peaks, "flat_below": 0.51, "state": states}
    return training.draw(history, pd.DataFrame(parts))


def test_training_names_parts_that_are_not_learned():
    states = ["learned", "flat", "rare", "unlabeled", "learned"]
    fig = training_figure(states, [0.9, 0.1, 0.8, np.nan, 1.2])
    fig.draw_without_rendering()
    assert fig.get_suptitle() == (
        "3 of 5 parts not learned:\npart b (flat), part c (rare), part d (unlabeled)"
    )
    ax = fig.axes[-1]
    dots = {line.get_label(): line.get_xydata().tolist() for line in ax.lines}
    assert dots["learned"] == [[0, 0.9], [4, 1.2]]
    assert (dots["flat"], dots["rare"], dots["unlabeled"]) == ([[1, 0.1]], [[2, 0.8]], [[3, 0]])
    marked = [t.get_text() for t in ax.get_xticklabels() if t.get_color() == style.FLAG]
    assert marked == ["part b", "part c", "part d"]
    assert ax.get_ylim()[1] > 1.2 and 0.51 in [line.get_ydata()[0] for line in ax.lines]
    (headline,) = fig.findobj(lambda a: getattr(a, "get_text", str)() == fig.get_suptitle())
    box = headline.get_window_extent()
    assert fig.bbox.x0 <= box.x0 and box.x1 <= fig.bbox.x1


def test_training_without_a_lost_part_has_no_headline():
    fig = training_figure(["learned"] * 3, [0.9, 0.8, 0.7])
    assert fig.get_suptitle() == "" and fig.axes[-1].get_legend() is None
    fig = training_figure(["flat"] * 5, [0.1] * 5)
    assert fig.get_suptitle().endswith("part c (flat) and 2 more")


def test_of_many_parts_those_not_learned_are_named():
    names = [chr(0x100 + k) for k in range(60)]
    fig = training_figure(["learned"] * 59 + ["flat"], [0.9] * 59 + [0.1], names)
    assert [t.get_text() for t in fig.axes[-1].get_xticklabels()] == [f"part {names[-1]}"]


def test_confidence_marks_parts_that_are_lost_in_most_frames(fly):
    confident = fly.confidence.copy()
    confident[:460, 5] = 0.1
    confident[:440, 6] = 0.1
    fig = confidence.draw([replace(fly, confidence=confident)], 0.2)
    marked = [t.get_text() for t in fig.axes[0].get_yticklabels() if t.get_color() == style.FLAG]
    assert marked == [fly.skeleton.parts[5]]
    assert fig.get_suptitle() == "1 of 32 parts below 0.2 in most frames"
    assert confidence.draw([fly], 0.2).get_suptitle() == ""
