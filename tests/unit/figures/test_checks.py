"""Sampling, training, tracking, labels and poses: pictures to look at a run."""

from dataclasses import replace

import h5py
import matplotlib
import numpy as np
import pytest
from fixtures.drawn import (
    PLAIN,
    drawn,
    make_behavior,
    make_history,
    make_labels,
    make_map,
    make_model,
    make_poses,
    make_sample,
    make_table,
    make_track,
    texts,
)
from matplotlib.collections import LineCollection

from leap_core.figures.paper import fig2a, fig2b, fig3d, figS2
from leap_core.figures.quality import (
    confidence,
    ethogram,
    evaluation,
    labels,
    poses,
    tracking,
    training,
)

# ---------------------------------------------------------------- sampling, training, tracking


def test_centroids_with_all_modes_are_images_minus_their_mean():
    images = np.random.default_rng(0).integers(0, 255, (8, 12, 16)).astype(np.uint8)
    figure = figS2.draw(make_sample(images, modes=8, clusters=4))
    truth = images - images.astype(float).mean(axis=0)
    pictures = {
        ax.get_title("center"): ax.images[0].get_array()
        for ax in figure.findobj(matplotlib.axes.Axes)
        if ax.images
    }
    for k in range(4):
        np.testing.assert_allclose(pictures[f"{k}: n={7 * (4 - k)}"], truth[k], atol=1e-2)
    total = figure.axes[0].lines[0].get_ydata()
    assert total[-1] == pytest.approx(100, abs=1e-3) and (np.diff(total) >= -1e-9).all()


def test_training_marks_the_epoch_that_is_kept():
    history = make_history()
    history.loc[11, "validation_loss"] = 1e-6
    figure = training.draw(history)
    lines = {line.get_label(): line for line in figure.axes[0].lines}
    assert lines["training"].get_ydata().tolist() == history["loss"].tolist()
    kept = lines["kept: epoch 12"]
    assert (kept.get_xdata()[0], kept.get_ydata()[0]) == (12, 1e-6)
    alone = training.draw(history.assign(validation_loss=np.nan)).axes[0]
    assert [text.get_text() for text in alone.get_legend().get_texts()] == ["training"]


@pytest.mark.parametrize(
    ("fps", "scale", "units", "value"),
    [(100.0, 25.0, "mm/s", 8.0), (100.0, np.nan, "px/s", 200.0), (np.nan, np.nan, "px/frame", 2.0)],
)
def test_track_speed_is_in_the_units_it_names(fps, scale, units, value):
    xy = np.stack([10 + 2.0 * np.arange(100), np.full(100, 50.0)], axis=1)[None]
    valid = np.ones((1, 100), bool)
    valid[0, 40:50] = False
    made = replace(
        make_track(), centroid=xy, heading=np.zeros((1, 100)), valid=valid, fps=fps,
        area=np.ones((1, 100)), quality=np.where(np.arange(100) < 20, 0.1, 1.0)[None],
        px_per_mm=scale,
    )  # fmt: skip
    figure = tracking.draw(made)
    speed = next(ax for ax in figure.axes if ax.get_ylabel() == f"speed ({units})")
    drawn = speed.lines[0].get_ydata()
    np.testing.assert_allclose(drawn[np.isfinite(drawn)], value)
    assert np.isnan(drawn[40:51]).all()
    assert any("90.0% of 100 frames" in t for t in texts(figure))
    assert any(": 20 frames" in t for t in texts(figure))
    path = next(c for c in figure.axes[0].collections if isinstance(c, LineCollection))
    assert len(path.get_segments()) == 88
    np.testing.assert_allclose(path.get_segments()[0], xy[0, :2])


# ---------------------------------------------------------------- poses


def test_contact_sheet_shows_every_split():
    split = np.r_[np.zeros(500), np.ones(40), 2, 2]
    chosen = labels.choose(split, 24)
    assert len(chosen) == len(set(chosen)) == 24 and set(split[chosen]) == {0, 1, 2}
    assert labels.choose(np.zeros(3), 24).tolist() == [0, 1, 2]
    assert len(labels.choose(np.full(100, -1), 24)) == 24


def test_labels_are_drawn_where_they_are(fly, fly32):
    images, points = fly
    made = replace(make_labels(fly32, len(images)), images=images[..., None], positions=points)
    made.positions[0, 0] = np.nan
    figure = labels.draw(made)
    assert len([ax for ax in figure.axes if ax.images]) == 24
    assert "0: 31/32 parts" in texts(figure)
    dots = [line.get_data() for line in figure.axes[0].lines if line.get_marker() == "o"]
    np.testing.assert_allclose(np.squeeze(dots), points[0, 1:], atol=1e-3)


def test_poses_takes_twelve_even_frames_from_an_open_file(tmp_path, fly32):
    made = make_poses(fly32, 100)
    sure = np.ones((100, 32))
    sure[0, 5] = 0.1
    with h5py.File(tmp_path / "images.h5", "w") as file:
        images = file.create_dataset("images", data=np.zeros((100, 32, 32, 1), np.uint8))
        figure = poses.draw(images, made.positions, sure, fly32, 0.2, np.arange(100) + 1000)
    named = [t for t in texts(figure) if t.startswith("frame")]
    assert len(named) == 12 and named[0] == "frame 1000, 1 unsure" and named[-1] == "frame 1099"
    hollow = [k for k, line in enumerate(d for d in figure.axes[0].lines if d.get_marker() == "o")
              if line.get_markerfacecolor() == "none"]  # fmt: skip
    assert hollow == [5]


def test_confidence_names_the_share_below_the_threshold(fly32):
    made = make_poses(fly32, 100)
    made.confidence[:] = 0.9
    made.confidence[:, 3] = np.arange(100) / 100
    made.confidence[:, 4] = np.nan
    made.valid[90:] = False
    made = [made, replace(made, confidence=made.confidence.copy())]
    figure = confidence.draw(made, 0.18)
    assert "20.0%" in texts(figure)  # 18 of 90 valid frames
    assert texts(figure).count("no data") == 1 and "180 frames, 2 recordings" in texts(figure)
    bar = next(p for p in figure.axes[0].patches if p.get_gid() == "neck")
    quartiles = np.quantile(np.tile(np.arange(90) / 100, 2), [0.25, 0.75])
    np.testing.assert_allclose([bar.get_x(), bar.get_x() + bar.get_width()], quartiles, atol=1e-6)


def test_nothing_labeled_nothing_predicted(fly32, tmp_path):
    nan = np.full((4, 32), np.nan)
    none = np.full((32, 2), np.nan)
    drawn(fig2a.draw(np.zeros((64, 64), np.uint8), none, nan, fly32), tmp_path)
    assert any("no labeled part" in t for t in drawn(fig2b.draw(nan, fly32, np.nan), tmp_path))
    drawn(fig2b.draw(np.ones((2, 2)), PLAIN), tmp_path)
    table = make_table(fly32, 2).assign(error_px=np.nan)
    assert texts(evaluation.draw(table)).count("no labels") == 32
    drawn(evaluation.draw(table), tmp_path)
    drawn(evaluation.draw(table.iloc[:0]), tmp_path)
    drawn(evaluation.draw(make_table(PLAIN, 1).assign(confidence=np.nan)), tmp_path)
    drawn(labels.draw(empty_labels(fly32)), tmp_path)
    drawn(confidence.draw([], 0.2), tmp_path)
    blank = make_poses(PLAIN, 2)
    blank.confidence[:] = np.nan
    assert drawn(confidence.draw([blank], 0.2), tmp_path).count("no data") == 2
    still = np.zeros((2, 16, 16), np.uint8)
    drawn(poses.draw(still, np.full((2, 2, 2), np.nan), blank.confidence, PLAIN), tmp_path)
    drawn(poses.draw(still[:0], np.zeros((0, 2, 2)), np.zeros((0, 2)), PLAIN), tmp_path)


def empty_labels(skeleton):
    full = make_labels(skeleton)
    names = ("images", "positions", "status", "source", "frame", "split")
    return replace(full, **{n: getattr(full, n)[:0] for n in names})


def test_labels_without_splits(tmp_path):
    made = make_labels(PLAIN, 9)
    made.split[:] = -1
    assert "none (9)" in drawn(labels.draw(made), tmp_path)


def test_labels_say_how_they_were_split(tmp_path):
    made = replace(make_labels(PLAIN, 9), note="frames at random: errors may flatter " * 5)
    assert labels.draw(make_labels(PLAIN, 9)).legends[0].get_title().get_text() == ""
    figure = labels.draw(made)
    drawn(figure, tmp_path)
    title = figure.legends[0].get_title()
    assert title.get_text().split() == made.note.split()
    assert title.get_window_extent().width < figure.bbox.width


def test_two_frames_one_epoch_one_cluster(tmp_path):
    drawn(tracking.draw(make_track(1, 2)), tmp_path)
    drawn(tracking.draw(make_track(3, 50)), tmp_path)
    lost = replace(make_track(1, 60), valid=np.zeros((1, 60), bool))
    assert any(t.startswith("found in 0.0%") for t in drawn(tracking.draw(lost), tmp_path))
    drawn(training.draw(make_history(1)), tmp_path)
    drawn(training.draw(make_history(3).assign(validation_loss=np.nan)), tmp_path)
    drawn(training.draw(make_history(3).iloc[:0]), tmp_path)
    one = make_sample(np.random.default_rng(0).random((2, 8, 8)), modes=1, clusters=1)
    drawn(figS2.draw(one), tmp_path)
    flat = replace(one, components=0 * one.components, explained=np.zeros(1))
    drawn(figS2.draw(flat), tmp_path)
    drawn(ethogram.draw([make_behavior("a", 2, 2)], make_map(PLAIN, 2, 51)), tmp_path)
    drawn(fig3d.draw(make_model(1)), tmp_path)


def test_an_hour_of_video_is_thinned():
    figure = tracking.draw(make_track(1, 360_000))
    points = [len(line.get_xdata()) for ax in figure.axes for line in ax.lines]
    assert max(points) <= tracking.MOST_POINTS
