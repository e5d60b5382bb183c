"""What follows each region of the behavior map, and how long it lasts (no figure of the paper)."""

from __future__ import annotations

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure, SubFigure
from matplotlib.patches import FancyArrowPatch
from matplotlib.ticker import NullFormatter

from leap_core.containers import BehaviorMap, Dynamics
from leap_core.figures import placeholder, style
from leap_core.figures.paper.fig4b import draw_regions

LEAST_DRAWN = 0.1  # arrows of rarer transitions are not drawn
EACH = 3  # arrows from a region at most
ENOUGH_TRANSITIONS = 5  # transitions from a region below which it gets no arrows
AREA = 1100.0  # pt^2 of a node that held all frames
FEWEST_TIMES = 5  # a pair seen and expected less often is left out of the ratios
DECADES = (0.01, 0.1, 1, 10, 100, 1000)  # s
FOLD = 8.0  # ends of the scale of observed over expected


@style.styled
def draw(map: BehaviorMap, dynamics: Dynamics) -> Figure:
    """Graph on the map, dwell times, transition probabilities, and these against chance.

    Nodes lie at the regions' peaks, their area is the regions' share of frames; an arrow has the
    colour of the region that it leaves and the width of its probability.  Only the likeliest
    ``EACH`` next regions of each get one, where they reach ``LEAST_DRAWN``.

    Args:
        map: the regions.
        dynamics: of the same regions.
    """
    regions = len(map.occupancy)
    if regions < 2:
        return placeholder.draw("Transitions", "the behavior map has fewer than two regions")
    if not dynamics.counts.sum():
        return placeholder.draw("Transitions", "no region was seen to follow another one")
    lower = max(60.0, 14 + 1.95 * regions)
    (left, right), (bottom, top) = view(map)
    upper = float(np.clip(22 + 94 * (top - bottom) / (right - left), 62, 116))
    fig = style.figure(style.DOUBLE, upper + lower)
    above, below = style.sheets(fig, 2, 1, height_ratios=[upper, lower])
    graph, dwell = above.subplots(1, 2, width_ratios=[1.45, 1])
    matrix, ratio = below.subplots(1, 2)
    _graph(graph, map, dynamics)
    _dwell(dwell, dynamics)
    _matrix(below, matrix, dynamics)
    _ratio(below, ratio, dynamics)
    for ax, name in zip((graph, dwell, matrix, ratio), "abcd", strict=True):
        style.letter(ax, name)
    return fig


def view(map: BehaviorMap) -> np.ndarray:
    """Left and right, bottom and top of the regions, map units."""
    inside = np.asarray(map.labels) > 0
    columns, rows = np.flatnonzero(inside.any(axis=0)), np.flatnonzero(inside.any(axis=1))
    if not len(rows):
        return np.array([[-20.0, 20.0], [-20.0, 20.0]])
    return np.array([map.edges_x[[columns[0], columns[-1] + 1]],
                     map.edges_y[[rows[0], rows[-1] + 1]]])  # fmt: skip


def arrows(dynamics: Dynamics) -> list[tuple[int, int, float]]:
    """Which transitions are drawn: rows of the region and the next, and their probability."""
    out = []
    for k, row in enumerate(np.nan_to_num(np.asarray(dynamics.probability, float))):
        if dynamics.counts[k].sum() < ENOUGH_TRANSITIONS:
            continue
        best = np.argsort(-row, kind="stable")[:EACH]
        out += [(k, int(j), float(row[j])) for j in best if row[j] >= LEAST_DRAWN]
    return sorted(out, key=lambda a: a[2])


def _graph(ax: Axes, map: BehaviorMap, dynamics: Dynamics) -> None:
    fill = {k + 1: (*to_rgb(style.LIGHT), 0.35) for k in range(len(map.occupancy))}
    draw_regions(ax, map, fill, numbers=False)
    for shape in ax.collections:
        shape.set_edgecolor(style.LIGHT)
    area = np.maximum(AREA * np.nan_to_num(np.asarray(map.occupancy, float)), 16.0)
    radius = np.sqrt(area / np.pi)
    shown = arrows(dynamics)
    for a, b, p in shown:
        colour = 0.8 * np.array(style.region_colour(a + 1))
        arrow = FancyArrowPatch(
            map.peak[a], map.peak[b], arrowstyle="-|>,head_length=0.35,head_width=0.18",
            connectionstyle="arc3,rad=0.28", lw=0.3 + 1.7 * p, mutation_scale=6 + 4 * p,
            shrinkA=radius[a] + 0.5, shrinkB=radius[b] + 0.5, color=colour, joinstyle="miter",
            zorder=3,
        )  # fmt: skip
        ax.add_patch(arrow)
    colours = [style.region_colour(k + 1) for k in range(len(area))]
    x, y = map.peak.T
    ax.scatter(x, y, s=area, c=colours, edgecolors="white", linewidths=0.5, zorder=4)
    for k, place in enumerate(map.peak):
        text = ax.annotate(
            str(k + 1), place, ha="center", va="center", zorder=5,
            fontsize=style.TEXT if radius[k] > 5.5 else style.TINY,
        )  # fmt: skip
        text.set_path_effects([patheffects.withStroke(linewidth=1.2, foreground="white")])
    for p in (0.25, 0.5, 1.0):
        ax.plot([], [], color=style.GREY, lw=0.3 + 1.7 * p, label=f"{p:g}")
    ax.legend(
        title="probability", loc="upper left", ncols=3,
        fontsize=style.TINY, title_fontsize=style.TINY, columnspacing=0.8, handlelength=1.2,
        bbox_to_anchor=(0, -0.12), borderaxespad=0,
    )  # fmt: skip
    drawn = sum(dynamics.counts[a, b] for a, b, _ in shown) / dynamics.counts.sum()
    ax.set_title(
        f"up to {EACH} arrows a region, probability at least {LEAST_DRAWN:g}: "
        f"{drawn:.0%} of {dynamics.counts.sum():,} transitions",
        fontsize=style.TEXT,
    )


def _dwell(ax: Axes, dynamics: Dynamics) -> None:
    regions = len(dynamics.whole)
    share = dynamics.dwell / np.maximum(dynamics.whole, 1)[:, None]
    edges = np.arange(regions + 1) + 0.5
    ax.pcolormesh(
        dynamics.dwell_edges, edges, share, cmap=style.DENSITY, vmin=0, vmax=share.max() or 1.0,
        rasterized=True,
    )  # fmt: skip
    known = np.isfinite(dynamics.median)
    ax.plot(
        dynamics.median[known], np.flatnonzero(known) + 1, "|", color=style.BLUE, mew=1.6,
        ms=min(150 / regions, 9), label="median",
    )  # fmt: skip
    end = dynamics.dwell_edges[-1]
    ax.set(xscale="log", xlim=(dynamics.dwell_edges[0], end), ylim=(regions + 0.5, 0.5))
    size = style.SMALL if regions <= 20 else style.TINY
    _numbers(ax, ax.yaxis, regions, size)
    for k in range(regions):
        ax.annotate(
            f"{dynamics.whole[k]} ({dynamics.cut[k]})", (1.02, k + 1), fontsize=size, va="center",
            xycoords=("axes fraction", "data"), annotation_clip=False,
        )  # fmt: skip
    ax.annotate(
        "bouts (cut)", (1.02, 1.01), fontsize=style.TINY, xycoords="axes fraction", va="bottom",
        annotation_clip=False,
    )  # fmt: skip
    decades = [t for t in DECADES if dynamics.dwell_edges[0] <= t <= end]
    finer = [m * t for t in DECADES for m in (1, 2, 5) if dynamics.dwell_edges[0] <= m * t <= end]
    ticks = decades if len(decades) > 1 else finer
    ax.set_xticks(ticks, [f"{t:g}" for t in ticks])
    ax.xaxis.set_minor_formatter(NullFormatter())  # of a short axis they would lie on one another
    ax.set(xlabel="dwell time (s)", ylabel="region")
    ax.set_title("lengths of whole bouts;  | median", fontsize=style.TEXT)


def _matrix(fig: SubFigure, ax: Axes, dynamics: Dynamics) -> None:
    shown = ax.imshow(
        np.ma.masked_invalid(dynamics.probability), cmap=style.DENSITY, vmin=0, vmax=1,
        extent=(0.5, len(dynamics.whole) + 0.5, len(dynamics.whole) + 0.5, 0.5),
    )  # fmt: skip
    _square(fig, ax, dynamics, shown, "transition probability")
    ax.set_title(f"to another region within {dynamics.max_between_s:g} s", fontsize=style.TEXT)


def _ratio(fig: SubFigure, ax: Axes, dynamics: Dynamics) -> None:
    expected = np.asarray(dynamics.expected, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        fold = np.log2(dynamics.counts / expected)
    few = np.maximum(dynamics.counts, expected) < FEWEST_TIMES
    fold = np.ma.masked_where(few, np.clip(fold, -np.log2(FOLD), np.log2(FOLD)))
    shown = ax.imshow(
        fold, cmap=style.DIVERGING, vmin=-np.log2(FOLD), vmax=np.log2(FOLD),
        extent=(0.5, len(dynamics.whole) + 0.5, len(dynamics.whole) + 0.5, 0.5),
    )  # fmt: skip
    bar = _square(fig, ax, dynamics, shown, "observed / expected count")
    top = int(np.log2(FOLD))
    named = [f"{2**t}" if t >= 0 else f"1/{2**-t}" for t in range(-top, top + 1)]
    named[0], named[-1] = f"\u2264 {named[0]}", f"\u2265 {named[-1]}"
    bar.set_ticks(range(-top, top + 1), labels=named)
    ax.set_title(
        f"{dynamics.information:.2f} bits per transition ({dynamics.chance:.2f} by chance)\n"
        f"grey: fewer than {FEWEST_TIMES} seen and expected",
        fontsize=style.TEXT,
    )


def _square(fig: SubFigure, ax: Axes, dynamics: Dynamics, shown, label: str):
    regions = len(dynamics.whole)
    ax.set_facecolor("#EEEEEE")
    size = style.SMALL if regions <= 20 else style.TINY
    for axis in (ax.xaxis, ax.yaxis):
        _numbers(ax, axis, regions, size)
    if regions > 20:
        ax.tick_params(axis="x", labelrotation=90)
    for k in range(regions):
        ax.plot([k + 0.5, k + 1.5], [k + 0.5, k + 1.5], color=style.GREY, lw=0.4)
    ax.set(xlabel="next region", ylabel="region")
    ax.spines[:].set_visible(False)
    bar = fig.colorbar(shown, ax=ax, shrink=0.7, pad=0.02)
    bar.set_label(label)
    bar.outline.set_linewidth(0.4)
    return bar


def _numbers(ax: Axes, axis, regions: int, size: float) -> None:
    axis.set_ticks(np.arange(regions) + 1, [str(k + 1) for k in range(regions)], fontsize=size)
    axis.set_tick_params(length=0, pad=1.5)
