"""Regions that come back on refits of the map, and those that are one (not in the paper)."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure, SubFigure
from matplotlib.patches import Rectangle

from leap_core.containers import BehaviorMap, Refits
from leap_core.figures import placeholder, style
from leap_core.figures.paper.fig4b import draw_regions
from leap_core.figures.quality.transitions import view

BESIDE = 30  # regions up to which the map and the rows stand side by side
ROW, LEAST_ROW = 5.0, 1.95  # mm, of a row of few regions, and the least that holds a number
LOWEST, HIGHEST = 56.0, 130.0  # mm, of the rows
LABELS = 20.0  # mm, above and below the rows
MAP, ABOVE = 66.0, 86.0  # mm, width of the map beside the rows, and its height above them
BESIDE_MM, BELOW_MM = 40.0, 70.0  # mm, least width of the matrix beside the map and below it
PALE, FULL = 0.12, 0.8  # opacity of regions that are never and always found
FOUND_FROM = 0.5  # overlap from which a region is found


@style.styled
def draw(map: BehaviorMap, refits: Refits) -> Figure:
    """The map by groups; how often each region was found, its share of frames, and who is one.

    Groups of several regions have a colour each, regions of their own are grey; a region is the
    paler the less often it was found.  Rows are regions, group by group, the most visited first.

    Args:
        map: the regions.
        refits: told of the same regions.
    """
    title, regions = "Regions to trust", len(refits.found)
    if not regions or not refits.refitted.shape[1]:
        return placeholder.draw(title, refits.note or "the behavior map has no regions")
    order = np.lexsort([np.arange(regions), refits.group])
    rows = np.clip(ROW * regions, LOWEST, max(LOWEST, LEAST_ROW * regions))
    rows = float(min(rows, HIGHEST))
    left, right = _sheets(rows, regions)
    ax = left.subplots()
    _map(ax, map, refits)
    bars, shares, matrix = right.subplots(1, 3, sharey=True, width_ratios=[1, 0.55, 1.5])
    _found(bars, refits, order)
    _shares(shares, refits, order)
    _matrix(right, matrix, refits, order)
    _rows(bars, shares, refits, order, rows)
    for panel, name in zip((ax, bars, shares, matrix), "abcd", strict=True):
        style.letter(panel, name)
    return left.figure


def _sheets(rows: float, regions: int) -> list[SubFigure]:
    """Where the map goes, and where the rows, which stand below it where they are many."""
    rows += LABELS
    if regions <= BESIDE:
        fig = style.figure(style.DOUBLE, rows)
        return style.sheets(fig, 1, 2, width_ratios=[MAP, style.DOUBLE - MAP])
    fig = style.figure(style.DOUBLE, rows + ABOVE)
    return style.sheets(fig, 2, 1, height_ratios=[ABOVE, rows])


def colours(refits: Refits) -> list[tuple[float, float, float]]:
    """Colour of each region: its group's, or grey where it is a group by itself."""
    groups, regions = np.unique(refits.group, return_counts=True)
    several = {int(g): k + 1 for k, g in enumerate(groups[regions > 1])}
    grey = style.rgb(np.array(to_rgb(style.GREY)))
    return [style.region_colour(several[g]) if g in several else grey for g in refits.group]


def _map(ax: Axes, map: BehaviorMap, refits: Refits) -> None:
    found = np.nan_to_num(refits.found)
    fill = {
        k + 1: (*colour, PALE + (FULL - PALE) * float(found[k]))
        for k, colour in enumerate(colours(refits))
    }
    draw_regions(ax, map, fill)
    ax.set_anchor("N")
    (left, right), (bottom, top) = view(map)
    ax.set(xlim=(left - 1, right + 1), ylim=(bottom - 1, top + 1))
    groups = len(set(refits.group.tolist()))
    ax.set_title(
        f"{style.count(len(found), 'region')} in {style.count(groups, 'group')}\n"
        "a colour: one behavior in pieces\npale: seldom found",
        fontsize=style.TEXT,
    )


def _found(ax: Axes, refits: Refits, order: np.ndarray) -> None:
    """Bars of the share of refits, dots of the overlap at each."""
    colour = colours(refits)
    y = np.arange(len(order)) + 1
    ax.barh(y, np.nan_to_num(refits.found[order]), 0.7, color=[colour[k] for k in order], alpha=0.6)
    overlap = refits.overlap[order]
    ax.plot(overlap.ravel(), np.repeat(y, overlap.shape[1]), ".", color=style.BLACK, ms=2, mew=0)
    ax.axvline(FOUND_FROM, color=style.GREY, lw=0.5, ls=":")
    for row in np.flatnonzero(~np.isfinite(refits.found[order])).tolist():
        ax.text(0.02, row + 1, "unknown", fontsize=style.TINY, va="center", color=style.GREY)
    ax.set(xlim=(0, 1.02), xlabel="found", ylabel="region, by group")
    ax.set_title(
        f"share of {refits.refitted.shape[1]} refits (bars)\noverlap at each (dots)",
        fontsize=style.TEXT,
    )


def _shares(ax: Axes, refits: Refits, order: np.ndarray) -> None:
    percent = 100 * refits.occupancy[order]
    ax.barh(np.arange(len(order)) + 1, percent, 0.7, color=style.BLACK)
    ax.set(xlim=(0, 1.08 * max(float(percent.max()), 0.1)), xlabel="frames (%)")
    ax.tick_params(axis="y", length=0)
    ax.set_title("share of\nframes", fontsize=style.TEXT)


def _matrix(fig: SubFigure, ax: Axes, refits: Refits, order: np.ndarray) -> None:
    """Who is one region with whom, with a frame around every group of several regions."""
    regions = len(order)
    end = regions + 0.5
    shown = ax.imshow(
        np.ma.masked_invalid(refits.together[np.ix_(order, order)]), cmap=style.DENSITY, vmin=0,
        vmax=1, extent=(0.5, end, end, 0.5), aspect="auto",
    )  # fmt: skip
    ax.set_facecolor("#EEEEEE")
    for first, count in _blocks(refits, order):
        if count > 1:
            ax.add_patch(
                Rectangle((first + 0.5, first + 0.5), count, count, fill=False,
                          edgecolor=style.BLUE, lw=1.2, zorder=3, clip_on=False)
            )  # fmt: skip
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    ax.set(xlabel="region, by group")
    bar = fig.colorbar(shown, ax=ax, shrink=0.7, pad=0.02)
    bar.set_label("together")
    bar.outline.set_linewidth(0.4)
    ax.set_title("as one region on the refits\noutlined: groups", fontsize=style.TEXT)
    numbers = _step(regions, BESIDE_MM if regions <= BESIDE else BELOW_MM)
    ax.set_xticks(np.arange(1, regions + 1)[::numbers], [str(k + 1) for k in order[::numbers]])
    ax.tick_params(axis="x", labelsize=style.SMALL if regions <= 20 else style.TINY)
    if regions > 20:
        ax.tick_params(axis="x", labelrotation=90)


def _blocks(refits: Refits, order: np.ndarray) -> list[tuple[int, int]]:
    """First row and number of rows of each group."""
    group = refits.group[order]
    first = np.flatnonzero(np.r_[True, np.diff(group) != 0])
    return list(zip(first.tolist(), np.diff(np.r_[first, len(group)]).tolist(), strict=True))


def _rows(ax: Axes, beside: Axes, refits: Refits, order: np.ndarray, height: float) -> None:
    """Numbers of the regions, where there is room for them, and lines between groups."""
    regions = len(order)
    numbers = _step(regions, height)
    ax.set_yticks(np.arange(1, regions + 1)[::numbers], [str(k + 1) for k in order[::numbers]])
    ax.set_ylim(regions + 0.5, 0.5)
    ax.tick_params(axis="y", length=0, labelsize=style.SMALL if regions <= 30 else style.TINY)
    for first, _ in _blocks(refits, order)[1:]:
        for panel in (ax, beside):
            panel.axhline(first + 0.5, color=style.LIGHT, lw=0.5, zorder=0)


def _step(regions: int, room: float) -> int:
    """Every which number there is room for, in so many mm."""
    return max(1, int(np.ceil(LEAST_ROW * regions / room)))
