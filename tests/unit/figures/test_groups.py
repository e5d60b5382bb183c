"""The figure of groups: every family, what differs, and what could not."""

import numpy as np
import pytest
from fixtures.compared import table, two
from fixtures.drawn import drawn, off_the_page, texts
from matplotlib.colors import to_hex

from leap_core import config
from leap_core.figures import style
from leap_core.figures.quality import groups
from leap_core.groups import comparison, measures


def draw(measured):
    found = comparison.compare(measured, config.Groups(bootstrap=1000), 0)
    return groups.draw(measured, found, 0.05), found


def filled(figure):
    """Effects that are drawn as found."""
    lines = [line for ax in figure.axes[1::2] for line in ax.get_lines()]
    effects = [line for line in lines if line.get_marker() == "o" and np.isfinite(line.get_xdata())]
    return len([line for line in effects if to_hex(line.get_markerfacecolor()) != "#ffffff"])


def test_found_effects_are_filled_and_named_by_their_q(tmp_path):
    values, names = two(8, 8, 14, np.random.default_rng(0))
    values[8:, 2] += 4
    figure, found = draw(table(values, names))
    told = drawn(figure, tmp_path)
    assert filled(figure) == (found["verdict"] == comparison.FOUND).sum() == 1
    assert "occupancy, 12 of 14 (share)" in told and "region 3" in told
    assert "1 of 14 tests found at a false discovery rate of 0.05 in each family (filled)" in told
    assert "control (n = 8)" in told and "treated (n = 8)" in told
    assert f"{values[8:, 2].mean():.3g}" in told
    assert not off_the_page(figure)


def test_every_recording_is_a_dot_at_its_value():
    values, names = two(5, 7, 2, np.random.default_rng(1))
    figure, _ = draw(table(values, names))
    dots = [line for line in figure.axes[0].get_lines() if line.get_marker() == "o"]
    assert [len(line.get_xdata()) for line in dots] == [5, 7, 5, 7]
    place = (values[:, 0] - values[:, 0].mean()) / values[:, 0].std()
    np.testing.assert_allclose(np.r_[dots[0].get_xdata(), dots[1].get_xdata()], place)


@pytest.mark.parametrize("each", [1, 3])
def test_too_few_recordings_are_told(each, tmp_path):
    values, names = two(each, each, 3, np.random.default_rng(2))
    figure, _ = draw(table(values, names))
    told = drawn(figure, tmp_path)
    least = {1: "smallest p 1, arrangements: 2", 3: "smallest p 0.1, arrangements: 20"}[each]
    assert f"too few recordings for 3 tests: {least}" in told
    assert not any(text.startswith("q") for text in told) and filled(figure) == 0


def test_three_groups_are_each_set_against_the_first():
    rng = np.random.default_rng(3)
    phases = (rng.normal(0.98, 0.02, (15, 2)) + np.repeat([0, 0, 0.2], 5)[:, None]) % 1
    names = ["a"] * 5 + ["b"] * 5 + ["c"] * 5
    figure, found = draw(table(phases, names, family=measures.PHASES))
    dots = [line for line in figure.axes[1].get_lines() if line.get_marker() == "o"]
    colours = [line.get_markeredgecolor() for line in dots]
    assert colours == [style.CYCLE[1], style.CYCLE[2]] * 2
    np.testing.assert_allclose(dots[1].get_xdata()[0], 0.2, atol=0.04)
    overall = found[found["first"] == comparison.ALL]
    assert sum(text.startswith("q") for text in texts(figure)) == len(overall) == 2


def test_a_measure_that_nobody_has_is_an_empty_row():
    values, names = two(5, 5, 3, np.random.default_rng(4))
    values[:, 1] = np.nan
    told = texts(draw(table(values, names))[0])
    assert told.count("\N{EN DASH}") == 2 and "too few" in told


@pytest.mark.parametrize("count", [2, 3, 7])
def test_long_names_stay_on_the_page(count):
    names = [f"{k} a name of a group of forty characters.."[:40] for k in range(count)]
    groups = [name for k, name in enumerate(names) for _ in range(1 if k > 1 else 4)]
    values = np.random.default_rng(5).normal(size=(len(groups), 3))
    figure, found = draw(table(values, groups))
    assert found["verdict"].str.startswith(comparison.TOO_FEW).any() == (count > 2)
    assert not off_the_page(figure)
    (legend,) = figure.legends
    box = legend.get_window_extent()
    assert box.x0 > -2 and box.x1 < figure.bbox.x1 + 2
    plots = [ax.get_window_extent() for ax in figure.axes]
    assert all(plot.y1 < box.y0 and plot.height > 20 for plot in plots)
