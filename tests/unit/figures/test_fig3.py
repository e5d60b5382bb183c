"""Figure 3: durations by speed and emissions are those of the tables."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from fixtures.drawn import make_model, make_steps, texts

from leap_core.figures.paper import fig3b, fig3d


def step_rows(kind, speed, durations, whole=True):
    return pd.DataFrame(
        {"kind": kind, "mean_speed": speed, "duration_ms": durations, "whole": whole}
    )


def test_durations_are_binned_as_in_the_paper_over_whole_steps_only():
    steps = pd.concat(
        [
            step_rows("stance", 7.5, [70, 90] * 10),
            step_rows("stance", 8.21, [60.0] * 20),
            step_rows("stance", 7.5, [1000.0] * 20, whole=False),
            step_rows("stance", 7.19, [500.0] * 20),
            step_rows("swing", 7.5, [40.0] * 20),
            step_rows("swing", 8.5, [30.0] * 3),
        ]
    )
    figure = fig3b.draw(steps)
    lines = {line.get_label().split()[0]: line for line in figure.axes[1].lines}
    x, stance = lines["stance"].get_data()
    np.testing.assert_allclose(x[:2], [7.7, 8.7])
    np.testing.assert_allclose(stance[:2], [80, 60])
    swing = lines["swing"].get_ydata()
    assert swing[0] == 40 and np.isnan(swing[1])  # 3 steps are too few for a mean
    shade = figure.axes[1].collections
    heights = np.concatenate([p.vertices[:, 1] for c in shade for p in c.get_paths()])
    assert heights.min() <= 40 and heights.max() == pytest.approx(90)  # 80 + 10
    assert figure.axes[1].get_xlabel() == "forward speed (mm/s)"


def test_binned_reproduces_the_published_curve(data):
    """Steps drawn at the published bin means and deviations come back as that curve."""
    from scipy.io import loadmat

    file = loadmat(data / "fly_leap" / "gait" / "Swing_and_Stance_versus_Velocity.mat")
    edges = file["stance_edges"].ravel()
    mean, sd = (10 * file[f"stance_dur_{k}"].ravel()[:30] for k in ("mu", "std"))
    middle = (edges[:-1] + edges[1:])[:30] / 2
    y = np.concatenate([mean - sd, mean + sd] * 10)
    rows = step_rows("stance", np.tile(middle, 20), y)
    line = fig3b.draw(rows).axes[1].lines[0]
    np.testing.assert_allclose(line.get_ydata()[:30], mean, rtol=1e-6)
    np.testing.assert_allclose(line.get_xdata()[:30], middle)
    assert line.get_ydata()[0] == pytest.approx(78.7, abs=0.1)  # the paper's own number
    every = (edges[:-1] + edges[1:]) / 2
    for column, kind in ((1, "stance"), (2, "swing")):
        curve = np.interp(fig3b.PUBLISHED[:, 0], every, 10 * file[f"{kind}_dur_mu"].ravel())
        np.testing.assert_allclose(fig3b.PUBLISHED[:, column], curve, atol=0.6)
    _, _, back = fig3b.binned(rows["mean_speed"], rows["duration_ms"], edges)
    np.testing.assert_allclose(back[:30], sd, rtol=1e-6)


def test_unscaled_steps_say_pixels():
    steps = make_steps()
    steps["mean_speed"] *= 25
    figure = fig3b.draw(steps, units="px/s")
    assert figure.axes[1].get_xlabel() == "forward speed (px/s)"
    shown = [s for t in texts(figure) for s in re.findall(r"n = ([\d,]+)", t)]
    n = sum(int(s.replace(",", "")) for s in shown)
    assert 0.97 * steps["whole"].sum() < n <= steps["whole"].sum()


@pytest.mark.parametrize("units", ["mm/s", "px/s"])
def test_no_whole_steps_is_said(units):
    steps = make_steps(10).assign(whole=False)
    for table in (steps, steps.iloc[:0]):
        assert any("no whole steps" in t for t in texts(fig3b.draw(table, units)))
    fig3b.draw(make_steps(3).assign(whole=True), units)


def test_emission_bars_are_the_model():
    model = make_model()
    for ax, row, name in zip(fig3d.draw(model).axes, model.emission, model.states, strict=True):
        assert [bar.get_height() for bar in ax.patches] == list(row)
        assert ax.get_title("left") == name
    empty = replace(make_model(0), note="fewer than 10 walking frames")
    assert any("fewer than 10" in t for t in texts(fig3d.draw(empty)))
