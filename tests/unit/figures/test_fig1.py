"""Figure 1a and 1b: the pictures are those of the data, and bars count what a person did."""

import matplotlib.text
import numpy as np
import pandas as pd
from fixtures.drawn import make_history, make_labels, make_map

from leap_core.containers import Maps
from leap_core.figures import style
from leap_core.figures.paper import fig1a, fig1b
from leap_core.labels import effort


def steps(skeleton) -> fig1a.Steps:
    labels = make_labels(skeleton)
    count, size = len(skeleton), labels.images.shape[1]
    maps = np.zeros((1, size, size, count))
    maps[0, 5, 7] = 0.9
    example = Maps(
        images=labels.images[:1],
        maps=maps,
        positions=labels.positions[:1],
        confidence=np.full((1, count), 0.9),
        frame=[0],
        recording="fly",
        skeleton=skeleton,
    )
    frame = np.random.default_rng(0).integers(0, 255, (90, 120), np.uint8)
    box = np.array([(10.0, 20.0), (40.0, 20.0), (40.0, 50.0), (10.0, 50.0)])
    images = labels.images[..., 0]
    return fig1a.Steps(
        frame, box, images[0], images, labels, make_history(), example, make_map(skeleton)
    )


def test_the_overview_shows_every_step_of_the_data(fly32, tmp_path):
    made = steps(fly32)
    fig = fig1a.draw(made, 1)
    raw, crop, sampled, labeled, training, maps, poses, behavior = fig.axes[:8]
    np.testing.assert_array_equal(raw.images[0].get_array(), made.frame)
    np.testing.assert_allclose(raw.patches[0].get_xy()[:4], made.box)
    np.testing.assert_array_equal(crop.images[0].get_array(), made.crop)
    shown = sampled.images[0].get_array()
    np.testing.assert_array_equal(shown[: len(made.crop), : len(made.crop)], made.sampled[0])
    np.testing.assert_array_equal(labeled.images[0].get_array(), made.labels.images[1, ..., 0])
    known = np.isfinite(made.labels.positions[1]).all(axis=1)
    dots = np.array([line.get_xydata()[0] for line in labeled.lines])
    np.testing.assert_allclose(dots[known], made.labels.positions[1][known])
    for line, column in zip(training.lines, ("loss", "validation_loss"), strict=True):
        np.testing.assert_array_equal(line.get_ydata(), made.history[column])
    assert np.isclose(maps.images[0].get_array().max(), 0.9)
    assert any(line.get_marker() == "o" for line in poses.lines)
    np.testing.assert_array_equal(behavior.images[0].get_array(), made.map.density)
    for name in ("one", "two"):
        style.save(fig1a.draw(made, 1), tmp_path / f"{name}.pdf")
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()


def test_bars_are_the_parts_that_a_person_placed_moved_or_took_over(fly32):
    rows = [(32, 0, 0, 0), (0, 5, 27, 0), (0, 2, 20, 10)]
    names = ["placed", "moved", "accepted", "copied"]
    work = pd.DataFrame(rows, columns=names).assign(
        key="a.0.0", person="ann", seconds=9.0, learned_from=0.0, model="", seconds_later=0.0
    )[list(effort.table([]).columns)]
    labels = make_labels(fly32)
    fig = fig1b.draw(labels, work, 0)
    picture, bars = fig.axes
    np.testing.assert_array_equal(picture.images[0].get_array(), labels.images[0, ..., 0])
    heights = [[bar.get_height() for bar in group] for group in bars.containers]
    assert heights == np.transpose(rows).tolist()
    assert bars.get_ylim() == (0, 32)
    (legend,) = fig.legends
    assert [t.get_text() for t in legend.get_texts()] == [
        "placed",
        "moved",
        "estimate taken",
        "copied",
    ]
    known = int(np.isfinite(labels.positions[0]).all(axis=1).sum())
    assert picture.get_title(loc="left").startswith(f"{known} of 32 parts labeled")


def test_without_a_labeled_frame_it_says_so(fly32):
    fig = fig1b.draw(make_labels(fly32), effort.table([]))
    said = " ".join(t.get_text() for t in fig.findobj(matplotlib.text.Text))
    assert "no frame was labeled in the browser" in said
