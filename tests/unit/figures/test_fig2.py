"""Figure 2 and the evaluation: what is drawn is what the errors say."""

import numpy as np
import pytest
from fixtures.drawn import PLAIN, make_table, texts
from matplotlib.patches import Circle

from leap_core.figures.paper import fig2a, fig2b
from leap_core.figures.quality import evaluation


def test_rings_are_the_quantiles_of_the_error():
    errors = np.c_[np.arange(1, 102), np.full(101, np.nan)]
    image, points = np.zeros((150, 200)), np.array([[120.0, 50], [40, 60]])
    figure = fig2a.draw(image, points, errors, PLAIN)
    rings = {r.get_gid(): r for r in figure.axes[0].patches if isinstance(r, Circle)}
    assert {k: round(r.radius, 6) for k, r in rings.items()} == {
        "nose 50%": 51,
        "nose 75%": 76,
        "nose 90%": 91,
    }
    assert all(tuple(r.center) == (120, 50) for r in rings.values())
    assert "no test label" in texts(figure)


def test_fig2a_shows_only_the_animal_and_never_more_than_the_image():
    figure = fig2a.draw(
        np.ones((100, 100)), np.array([[50.0, 60], [5, 60]]), np.ones((3, 2)), PLAIN
    )
    assert figure.axes[0].get_xlim() == (-0.5, 62) and figure.axes[0].get_ylim() == (72, 48)


def test_accuracy_curve_reads_the_share_of_labels(fly32):
    errors = np.arange(32 * 10).reshape(10, 32) / 32  # 0 .. 9.97 px, evenly
    figure = fig2b.draw(errors, fly32, body_length_px=100.0)
    lines = {line.get_label(): line for line in figure.axes[0].lines}
    x, y = lines["all parts"].get_data()
    for at in (1.0, 2.5, 3.0):
        drawn = y[np.searchsorted(x, at, side="right") - 1]
        assert drawn == pytest.approx(100 * (errors <= at).mean())
    assert set(fly32.groups) < set(lines)
    marks = [line.get_xdata()[0] for line in figure.axes[0].lines if len(line.get_xdata()) == 2]
    assert {2.5, 3.0} <= set(marks)
    assert f"{np.mean(errors < 2.5):.0%}" in texts(figure)


def test_evaluation_boxes_have_the_right_medians(fly32):
    table = make_table(fly32)
    figure = evaluation.draw(table)
    assert not figure.get_supxlabel()
    said = evaluation.draw(table, "frames at random").get_supxlabel()
    assert said == "frames at random"
    medians = table.groupby("part")["error_px"].median()
    drawn = {round(line.get_ydata().mean()): line.get_xdata()[0]
             for line in figure.axes[0].lines if line.get_linewidth() == 1.2}  # fmt: skip
    for row, part in enumerate(fly32.parts):
        assert drawn[row] == pytest.approx(medians[part])


def test_evaluation_keeps_the_skeletons_order_where_test_labels_are_missing(fly32):
    """The first test image lacks a part, and no test image has another one."""
    table = make_table(fly32)
    first = table["sample"] == table["sample"].iloc[0]
    table = table[~(first & (table["part"] == "head")) & (table["part"] != "thorax")]
    figure = evaluation.draw(table, "", fly32.parts)
    rows = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert rows == list(fly32.parts)
    (bare,) = [text for text in figure.axes[0].texts if text.get_text() == "no labels"]
    assert rows[round(bare.get_position()[1])] == "thorax"
