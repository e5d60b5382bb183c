"""Figures of the regions of a map: what moves there, how they follow one another."""

import html
from dataclasses import replace

import matplotlib
import numpy as np
import pandas as pd
import pytest
from fixtures.drawn import off_the_page, texts
from fixtures.maps import (
    NAMES,
    REGIONS,
    everything,
    make_behavior,
    make_dynamics,
    make_map,
    make_refits,
    make_stability,
    make_stats,
    make_table,
)

from leap_core.figures import style
from leap_core.figures.paper import fig4ch, fig5ab, fig5c, fig5d, fig5e, fig5f
from leap_core.figures.quality import clips, ethogram, refits, stability, transitions


@pytest.mark.parametrize("name", NAMES)
def test_equal_bytes_journal_width_and_text_on_the_page(name, fly32, tmp_path):
    figures = [everything(fly32)[name]() for _ in range(2)]
    for k, figure in enumerate(figures):
        style.save(figure, tmp_path / f"{k}.png")
    assert (tmp_path / "0.png").read_bytes() == (tmp_path / "1.png").read_bytes()
    width, height = figures[0].get_size_inches() * 25.4
    assert 59 < width < 184 and height < 240
    shown = [t for t in figures[0].findobj(matplotlib.text.Text) if t.get_text() and t.axes]
    assert all(t.get_fontsize() >= 5 for t in shown if t.get_visible())
    assert off_the_page(figures[0]) == []


@pytest.mark.parametrize("name", ["fig4ch", "clips", "ethogram"])
def test_names_stand_there_as_they_were_typed(name, fly32, tmp_path):
    typed = r"runs $5 \ and_$ ^2"  # no formula
    figure = everything(fly32, [typed] * REGIONS)[name]()
    style.save(figure, tmp_path / "figure.svg")
    drawn = (tmp_path / "figure.svg").read_text(encoding="utf-8")
    assert f"1 {typed}" in html.unescape(drawn)


# Locomotor regions


def test_regions_go_from_slow_to_fast_in_one_set_of_colours(fly32):
    stats = make_stats()
    assert fig5ab.slow_to_fast(stats).tolist() == [4, 2, 6]
    unknown = replace(stats, speed=np.full(REGIONS, np.nan))
    assert fig5ab.slow_to_fast(unknown).tolist() == [4, 2, 6]  # by peak frequency
    colours = fig5ab.colours(stats)
    assert list(colours) == [4, 2, 6] and len(set(colours.values())) == 3
    lines = {line.get_label(): line.get_color() for line in fig5d.draw(stats).axes[0].lines}
    assert lines["5: 5.0 Hz"] == colours[4] and lines["7: 12.0 Hz"] == colours[6]
    speeds = {line.get_label(): line.get_color() for line in fig5e.draw(stats).axes[0].lines}
    assert speeds["5: 5.0 mm/s"] == colours[4]


def test_only_the_most_visited_are_shown_and_it_is_said():
    walking = tuple(range(8))
    stats = make_stats((), (), ())
    stats = replace(stats, locomotor=np.arange(REGIONS) < 8, speed=np.arange(9.0)[::-1] + 3)
    rows = fig5ab.slow_to_fast(stats)
    assert set(rows) == set(range(6)) and rows.tolist() == sorted(rows, reverse=True)
    assert "the 6 most visited of 8 locomotor regions" in texts(fig5d.draw(stats))
    numbers = texts(fig5ab.draw(make_map(), stats))
    assert {str(k + 1) for k in walking} <= set(numbers) and "9" not in numbers


def test_peaks_and_harmonics_are_marked_where_they_are():
    ax = fig5d.draw(make_stats()).axes[0]
    dots = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "o"]
    ticks = [float(line.get_xdata()[0]) for line in ax.lines
             if line.get_marker() == "|" and len(line.get_xdata())]  # fmt: skip
    assert sorted(dots) == [5, 9, 12]
    assert sorted(ticks) == [10, 15, 18, 24, 27, 36]
    assert ax.get_yscale() == "log"


def test_bars_are_the_shares_and_the_rest_has_no_mode():
    stats = make_stats()
    ax = fig5f.draw(stats).axes[0]
    heights = {c.get_label(): np.array([p.get_height() for p in c]) for c in ax.containers}
    assert heights["tetrapod"] == pytest.approx(stats.gait[[4, 2, 6], 1])
    rest = 1 - stats.gait[[4, 2, 6]].sum(axis=1)
    assert heights["none"] == pytest.approx(rest, abs=1e-6)


def test_placeholders_say_why(fly32):
    nobody = make_stats((), (), ())
    for draw in (fig5d.draw, fig5e.draw, fig5f.draw):
        assert "not drawn" in texts(draw(nobody)) and "made by hand" in " ".join(
            texts(draw(nobody))
        )
    assert "not drawn" in texts(fig5c.draw(make_map(), nobody))
    assert any("no locomotor region" in t for t in texts(fig5ab.draw(make_map(), nobody)))
    stats = make_stats()
    unknown = replace(stats, speed=np.full(REGIONS, np.nan), note="no body track")
    assert "no body track" in texts(fig5e.draw(unknown))
    assert "not drawn" in texts(fig5f.draw(replace(stats, gait=np.zeros((REGIONS, 3)))))
    empty = make_map(0)
    table = pd.DataFrame({"locomotor": [], "group1": [], "evidence": []})
    for figure in (
        fig4ch.draw(empty, table),
        clips.draw(empty, clips.bouts([make_behavior([0])], empty), None, table, 0.2),
        ethogram.draw([make_behavior([0])], empty, {}),
    ):
        assert "not drawn" in texts(figure)


# Spectrograms


def test_spectrograms_show_what_moves_on_the_spot_with_its_evidence():
    table = make_table(make_stats())
    shown = [t.split(":")[0] for t in texts(fig4ch.draw(make_map(), table)) if "region" in t]
    # movers by visits, then what rests, and walking last
    assert shown == [f"region {k + 1}" for k in (0, 3, 7, 1, 5, 8)]
    said = " ".join(texts(fig4ch.draw(make_map(), table)))
    assert "legs L+R 4.0 Hz (2.0x)" in said
    plain = [t.split(":")[0] for t in texts(fig4ch.draw(make_map())) if "region" in t]
    assert plain == [f"region {k}" for k in range(1, 7)]


def test_a_table_read_from_csv_serves_as_well(tmp_path):
    table = make_table(make_stats())
    table.to_csv(tmp_path / "t.csv", index=False)
    figures = [fig4ch.draw(make_map(), t) for t in (table, pd.read_csv(tmp_path / "t.csv"))]
    assert texts(figures[0]) == texts(figures[1])


# Transitions


def test_arrows_are_the_likeliest_next_regions():
    dynamics = make_dynamics()
    found = transitions.arrows(dynamics)
    wanted = {(k, (k + 1) % 9, 60 / 91) for k in range(9)} | {
        (k, (k + 2) % 9, 30 / 91) for k in range(9)
    }
    assert {(a, b, round(p, 6)) for a, b, p in found} == {(a, b, round(p, 6)) for a, b, p in wanted}
    few = replace(dynamics, counts=np.where(np.arange(9)[:, None] == 0, dynamics.counts // 60, 0))
    assert transitions.arrows(few) == []
    figure = transitions.draw(make_map(), dynamics)
    arrows = [p for p in figure.axes[0].patches if p.get_zorder() == 3]
    widths = sorted({round(float(p.get_linewidth()), 3) for p in arrows})
    assert len(arrows) == 18 and len(widths) == 2 and widths[0] < widths[1]
    assert any("99% of 819 transitions" in t for t in texts(figure))


def test_dwell_times_and_ratios_are_drawn_where_they_are():
    dynamics = make_dynamics()
    figure = transitions.draw(make_map(), dynamics)
    medians = next(line for line in figure.axes[1].lines if line.get_marker() == "|")
    assert medians.get_xdata() == pytest.approx(dynamics.median)
    assert medians.get_ydata().tolist() == list(range(1, 10))
    assert f"{dynamics.whole[3]} (3)" in texts(figure)
    ratio = figure.axes[3].images[0].get_array()
    assert ratio[0, 1] == pytest.approx(np.log2(6.0)) and ratio[0, 4] == -3  # none of ten
    sure = transitions.draw(make_map(), replace(dynamics, expected=np.full((9, 9), 1.0)))
    assert sure.axes[3].images[0].get_array().mask[0, 4]


@pytest.mark.parametrize("first, last", [(0.1, 1.3), (0.15, 0.9), (0.02, 30)])
def test_times_below_a_short_or_a_long_axis_can_be_read(first, last):
    dynamics = replace(make_dynamics(), dwell_edges=np.geomspace(first, last, 17))
    figure = transitions.draw(make_map(), dynamics)
    figure.draw_without_rendering()
    axis = figure.axes[1].xaxis
    shown = [*axis.get_ticklabels(), *axis.get_ticklabels(minor=True)]
    boxes = [label.get_window_extent() for label in shown if label.get_text()]
    assert len(boxes) >= 2
    assert not any(a.overlaps(b) for k, a in enumerate(boxes) for b in boxes[:k])


def test_without_transitions_the_figure_says_so():
    dynamics = make_dynamics()
    none = replace(dynamics, counts=np.zeros((9, 9)))
    assert "not drawn" in texts(transitions.draw(make_map(), none))
    assert "not drawn" in texts(transitions.draw(make_map(1), make_dynamics(1)))


def test_forty_regions_fit_the_page():
    figure = transitions.draw(make_map(40, 400), make_dynamics(40))
    assert figure.get_size_inches()[1] * 25.4 < 240
    assert min(t.get_fontsize() for t in figure.findobj(matplotlib.text.Text) if t.get_text()) >= 5


# Stability


def test_matched_regions_share_a_colour_and_points_are_their_shares():
    found = make_stability("halves")
    figure = stability.draw(found, make_stability("blocks"))
    one, two = (ax.images[0].get_array() for ax in figure.axes[:2])
    assert one[40, 15, :3].tolist() == two[40, 15, :3].tolist()  # region 1 and region 3
    assert one[40, 55, :3].tolist() == two[40, 55, :3].tolist() == one[40, 75, :3].tolist()
    assert one[40, 75, 3] < one[40, 55, 3]  # the piece without a partner is paler
    points = figure.axes[2].collections[0]
    assert np.asarray(points.get_offsets()) == pytest.approx(found.own)
    said = " ".join(texts(figure))
    assert "r = 0.90" in said and "map alone unknown" in said and "11% of the frames" in said


def test_no_regions_are_no_stability():
    none = replace(
        make_stability("halves"), pairs=np.zeros((0, 2)), own=np.zeros((0, 2)),
        same=np.zeros((0, 2)),
    )  # fmt: skip
    assert "not drawn" in texts(stability.draw(none, none))


# Refits


def test_pieces_share_a_colour_and_stand_together():
    found = make_refits()
    figure = refits.draw(make_map(), found)
    map_, bars, shares, matrix = figure.axes[:4]
    picture = map_.images[0].get_array()
    row, columns = 40, 10 * np.arange(9) + 4  # of regions 1 to 9
    colour = picture[row, columns, :3]
    assert (colour[[5, 6]] == colour[1]).all() and (colour[1] != colour[0]).any()
    assert (colour[[2, 3, 4, 7, 8]] == colour[0]).all()  # grey: of one region each
    # the less often found, the paler
    assert np.argsort(picture[row, columns, 3]).tolist() == np.argsort(found.found).tolist()
    order = [int(t.get_text()) - 1 for t in bars.get_yticklabels()]
    assert sorted(order) == list(range(9)) and order[:3] == [1, 5, 6]
    assert [b.get_width() for b in bars.patches] == pytest.approx(found.found[order])
    assert [b.get_width() for b in shares.patches] == pytest.approx(100 * found.occupancy[order])
    shown = np.asarray(matrix.images[0].get_array())
    np.testing.assert_array_equal(shown, found.together[np.ix_(order, order)])
    (frame,) = matrix.patches
    assert (frame.get_xy(), frame.get_width(), frame.get_height()) == ((0.5, 0.5), 3, 3)


@pytest.mark.parametrize("regions", [1, 40, 143])
def test_few_and_many_regions_fit_the_page(regions):
    map_ = make_map(regions, 600)
    figure = refits.draw(map_, make_refits(regions, pieces=()))
    assert figure.get_size_inches()[1] * 25.4 < 247
    assert min(t.get_fontsize() for t in figure.findobj(matplotlib.text.Text) if t.get_text()) >= 5


def test_without_refits_the_figure_says_why():
    none = replace(make_refits(refits=0), note="half of the stretches of time: too few")
    assert "half of the stretches of time: too few" in " ".join(
        texts(refits.draw(make_map(), none))
    )
