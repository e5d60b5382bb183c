"""Figures 3a, 3c, 3e, 3f and 3g: what is drawn is what the data say, and nothing crashes."""

import re
from dataclasses import replace

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.patches import StepPatch

from leap_core.containers import Gait
from leap_core.figures import fig3a, fig3b, fig3c, fig3e, fig3fg, speed, style

LEGS = ["LF", "LH", "LM", "RF", "RH", "RM"]  # as sorted, not as shown
STATES = ["tripod", "tetrapod", "non-canonical"]
FPS = 100.0


def make_gait(frames=900, seed=0, **more):
    """Legs that swing in turn, faster in tripod than in the other two modes."""
    rng = np.random.default_rng(seed)
    angle = 2 * np.pi * (np.arange(frames)[:, None] / 11 + np.arange(6) / 6)
    state = np.repeat([0, 1, 2], frames // 3)
    posterior = np.full((frames, 3), 0.05)
    posterior[np.arange(frames), state] = 0.9
    values = {
        "tip_velocity": 20 * np.sin(angle) + rng.normal(0, 1, (frames, 6)),
        "swing": np.sin(angle) > 0.3,
        "valid": np.ones((frames, 6), bool),
        "forward_velocity": np.array([15.0, 8.0, 5.0])[state] + rng.normal(0, 1, frames),
        "walking": np.ones(frames, bool),
        "state": state,
        "posterior": posterior,
        "frame": np.arange(frames) + 1000,
        "legs": LEGS,
        "states": STATES,
        "recording": "fly1",
        "fps": FPS,
        "velocity_units": "mm/s",
        "speed_source": "stance legs",
    }
    return Gait(**(values | more))


def make_profiles():
    parts = []
    for k, low in enumerate((2.0, 5.0, 10.0)):
        time = np.arange(2.5, 50, 5)
        peak, at = 12 + 6 * k, 25.0
        exact = peak * (1 - (time / at - 1) ** 2)
        parts.append(
            pd.DataFrame(
                {
                    "speed_low": low,
                    "speed_high": (5.0, 10.0, 15.0)[k],
                    "units": "mm/s",
                    "swings": 300,
                    "time_ms": time,
                    "n": np.where(time < 46, 200, 20),
                    "velocity": exact,
                    "sd": 3.0,
                    "fit": np.where(time < 40, exact, np.nan),
                    "peak": peak,
                    "peak_ms": at,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def texts(fig):
    return [t.get_text() for t in fig.findobj(matplotlib.text.Text) if t.get_text()]


def everything():
    gait = make_gait()
    return {
        "fig3a": lambda: fig3a.draw(gait, 30, 90, 2, "nothing missing"),
        "fig3c": lambda: fig3c.draw(make_profiles(), published=True),
        "fig3e": lambda: fig3e.draw([gait, make_gait(seed=1)], published=True),
        "fig3fg": lambda: fig3fg.draw({"tripod": (gait, 0, 80), "tetrapod": (gait, 310, 380)}),
    }


@pytest.mark.parametrize("name", ["fig3a", "fig3c", "fig3e", "fig3fg"])
def test_equal_data_give_equal_bytes(name, tmp_path):
    files = []
    for folder in ("a", "b"):
        figure = everything()[name]()
        for suffix in ("png", "pdf"):
            style.save(figure, tmp_path / folder / f"{name}.{suffix}")
            files.append((tmp_path / folder / f"{name}.{suffix}").read_bytes())
    assert files[:2] == files[2:] and files[0].startswith(b"\x89PNG")


def drawn_stance(ax, colour=style.BLACK):
    """(row, first frame, stop) of every bar of one colour."""
    found = []
    for bars in ax.findobj(PolyCollection):
        if not np.allclose(bars.get_facecolor()[0], to_rgba(colour)):
            continue
        for path in bars.get_paths():
            (x0, y0), (x1, y1) = path.get_extents().get_points()
            found.append((round((y0 + y1) / 2), round(x0 / 10 + 0.5), round(x1 / 10 + 0.5)))
    return found


def test_the_diagram_is_the_stance_of_each_leg_from_front_to_hind():
    gait = make_gait()
    gait.valid[40:45, LEGS.index("LM")] = False
    figure = fig3a.draw(gait, 30, 90, LEGS.index("RH"))
    top, bottom = figure.axes
    shown = ["LF", "LM", "LH", "RF", "RM", "RH"]
    assert [t.get_text() for t in bottom.get_yticklabels()] == shown
    image = np.zeros((6, 60), bool)
    for row, start, stop in drawn_stance(bottom):
        image[row, start:stop] = True
    order = [LEGS.index(leg) for leg in shown]
    stance = (~gait.swing & gait.valid)[30:90, order].T
    assert np.array_equal(image, stance)
    assert drawn_stance(bottom, style.LIGHT) == [(1, 10, 15)]
    line = next(li for li in top.lines if len(li.get_xdata()) == 60)
    np.testing.assert_allclose(line.get_ydata(), gait.tip_velocity[30:90, LEGS.index("RH")])
    assert any(t.startswith("RH tip velocity (mm/s)") for t in texts(figure))


def test_parabolas_and_peaks_are_those_of_the_table(tmp_path):
    figure = fig3c.draw(make_profiles(), speed.label("mm/s", ["stance legs"]), True, "note")
    left, right = figure.axes
    dots = [li for li in left.lines if li.get_marker() == "o"]
    curves = [li for li in left.lines if len(li.get_xdata()) == 60]
    assert len(dots) == len(curves) == 3
    for dot, curve, peak in zip(dots, curves, (12, 18, 24), strict=True):
        assert dot.get_xdata().max() == 42.5  # the last bin holds a tenth of the swings
        assert curve.get_ydata()[0] == 0 and curve.get_ydata().max() == pytest.approx(peak, 0.01)
        assert curve.get_xdata()[-1] == 37.5
    offsets = right.collections[0].get_offsets()
    np.testing.assert_allclose(offsets, [[3.5, 12], [7.5, 18], [12.5, 24]])
    published = next(li for li in right.lines if li.get_marker() == "D")
    np.testing.assert_allclose(published.get_ydata(), [6.2857, 29.1429], atol=1e-3)
    shown = " ".join(texts(figure))
    assert "from the stance legs" in shown and "(300)" in shown and "note" in shown
    style.save(figure, tmp_path / "figure.png")
    plain = fig3c.draw(make_profiles().assign(peak=np.nan, peak_ms=np.nan))
    style.save(plain, tmp_path / "plain.png")
    assert any("not drawn" in t for t in texts(fig3c.draw(make_profiles().iloc[:0])))


def test_densities_have_unit_area_and_name_means_and_counts():
    gaits = [make_gait(), make_gait(seed=1)]
    figure = fig3e.draw(gaits, published=True)
    outlines = [p for p in figure.findobj(StepPatch) if not p.get_fill()]
    assert len(outlines) == 3
    for patch in outlines:
        values, edges, _ = patch.get_data()
        assert (values * np.diff(edges)).sum() == pytest.approx(1, abs=0.01)
    speeds = np.concatenate([g.forward_velocity[g.state == 1] for g in gaits])
    assert f"tetrapod: mean {speeds.mean():.1f}, 600 frames" in texts(figure)
    assert "forward speed (mm/s), from the stance legs" in texts(figure)
    none = replace(gaits[0], state=np.full(900, -1))
    assert any("not drawn" in t for t in texts(fig3e.draw([none])))
    one = replace(gaits[0], state=np.where(np.arange(900) == 5, 2, -1))
    assert any(t.endswith(", 1 frame") for t in texts(fig3e.draw([one])))


def test_example_bouts_name_their_source_and_say_what_is_missing(tmp_path):
    gait = make_gait()
    figure = fig3fg.draw({"tripod": (gait, 0, 80), "tetrapod": None}, "0.0% missing")
    style.save(figure, tmp_path / "figure.png")
    shown = texts(figure)
    assert "tripod: fly1, frame 1,000" in shown
    assert any(t.startswith("no bout of tetrapod") for t in shown) and "0.0% missing" in shown
    line = figure.axes[0].lines[0]
    np.testing.assert_allclose(line.get_ydata(), gait.forward_velocity[:80])


def test_durations_begin_at_the_given_speed():
    steps = pd.DataFrame(
        {"kind": "swing", "duration_ms": 40.0, "mean_speed": [3.5] * 12 + [9.5] * 20, "whole": True}
    )
    for first, count in ((3.0, 32), (7.2, 20)):
        figure = fig3b.draw(steps, first=first)
        assert f"swing (n = {count})" in texts(figure)
        assert figure.axes[1].lines[0].get_xdata()[0] == pytest.approx(first + 0.5)
    assert any("faster than 20 mm/s" in t for t in texts(fig3b.draw(steps, first=20.0)))


def test_speeds_of_two_units_are_not_mixed():
    scaled, bare = make_gait(), make_gait(velocity_units="px/s", speed_source="body track")
    steps = pd.DataFrame({"units": ["px/s", "mm/s", "px/s"], "mean_speed": [300.0, 9.0, 310.0]})
    rows, gaits = fig3b.one_unit(steps, [bare, scaled])
    assert rows.mean_speed.tolist() == [9] and gaits == [scaled]
    rows, gaits = fig3b.one_unit(steps, [bare])
    assert rows.mean_speed.tolist() == [300, 310] and gaits == [bare]
    mixed, alone = fig3e.draw([bare, scaled]), fig3e.draw([scaled])
    assert texts(mixed) == texts(alone)
    assert "forward speed (mm/s), from the stance legs" in texts(mixed)


def test_speed_names_its_source():
    assert speed.label("mm/s", ["body track"]) == "forward speed (mm/s), from the body track"
    assert speed.label("px/s", [""]) == "forward speed (px/s)"
    steps = pd.DataFrame(
        {"kind": ["swing"] * 12, "duration_ms": 40.0, "mean_speed": 9.5, "whole": True}
    )
    label = speed.label("mm/s", {"stance legs"})
    assert label in texts(fig3b.draw(steps, speed=label))


def test_captions_render(root):
    jinja2 = pytest.importorskip("jinja2")
    core = pytest.importorskip("docutils.core")
    for name in ("fig3a", "fig3c", "fig3e", "fig3fg"):
        text = (root / "workflow" / "report" / f"{name}.rst").read_text(encoding="utf-8")

        class Job:
            config = {"dataset": "demo"}

        shown = jinja2.Template(text, undefined=jinja2.StrictUndefined).render(snakemake=Job)
        assert "demo" in shown
        assert 2 <= len(re.findall(r"[.!](?=\s|$)", shown)) <= 6, name
        core.publish_string(shown, settings_overrides={"halt_level": 2, "report_level": 5})
