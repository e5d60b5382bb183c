"""The map of pixels beside the map of poses (paper: Supplementary Figure 6)."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from leap_core.containers import BehaviorMap, MapComparison, PixelBasis
from leap_core.figures import style
from leap_core.figures.paper.fig4a import extent
from leap_core.figures.paper.fig4b import draw_regions

NUMBERED = 40  # with more regions their numbers would not be legible
MODES, COLUMNS = 9, 3  # modes shown as pictures
# measure -> text and format; shares as percent
ROWS = {
    "regions": ("regions", "{:.0f}"),
    "on_map": ("frames on the map", "{:.1%}"),
    "inside": ("of these in regions", "{:.1%}"),
    "area": ("share of the map that they fill", "{:.1%}"),
    "dwell_s": ("half of the frames: visits of at least", "{:.2f} s"),
    "left_open": ("entropy left open by the other map", "{:.1%}"),
    "behavior_nmi": ("NMI with the true behavior", "{:.3f}"),
    "behavior_left_open": ("entropy of behavior left open", "{:.1%}"),
}


@style.styled
def draw(
    pixel_map: BehaviorMap, pose_map: BehaviorMap, comparison: MapComparison, basis: PixelBasis
) -> Figure:
    """a, b: densities; c: joint distribution; d: measures; e: variance; f: the first modes.

    Both densities have one scale.  Rows and columns of c are sorted as in the comparison file;
    the bars along it are the marginals, in the colours of the true behaviors where these are
    known.
    """
    behaviors = comparison.behaviors if comparison.joint.sum() else []
    fig = style.figure(style.DOUBLE, 140 if behaviors else 130)
    above, below = style.sheets(fig, 2, 1, height_ratios=[1.3, 1])
    maps, joint = style.sheets(above, 1, 2, width_ratios=[1.6, 1])
    _maps(maps, pixel_map, pose_map)
    _joint(joint, comparison)
    table, variance, pictures = style.sheets(below, 1, 3, width_ratios=[1.5, 1, 1.15])
    _table(table.subplots(), comparison)
    _variance(variance.subplots(), basis)
    _pictures(pictures, basis)
    if behaviors:
        colours = style.behavior_colours(behaviors)
        handles = [Patch(color=c, label=n) for n, c in zip(behaviors, colours, strict=True)]
        key = {"ncols": 5, "handlelength": 0.8, "columnspacing": 1.2, "labelspacing": 0.3}
        fig.legend(
            handles=handles, title="true behavior (bars of c)", loc="outside lower center", **key
        )
    return fig


def _maps(fig, pixel_map: BehaviorMap, pose_map: BehaviorMap) -> None:
    panels = fig.subplots(1, 2)
    highest = max(float(np.nanmax(m.density, initial=0)) for m in (pixel_map, pose_map)) or 1.0
    sides = (("a", "pixels", pixel_map), ("b", "poses", pose_map))
    for ax, (name, title, map) in zip(panels, sides, strict=True):
        look = {"cmap": style.DENSITY, "vmin": 0, "vmax": 1e3 * highest}
        shown = ax.imshow(1e3 * map.density, origin="lower", extent=extent(map), **look)
        numbers = np.unique(map.labels[map.labels > 0])
        draw_regions(ax, map, {int(k): (0, 0, 0, 0) for k in numbers}, len(numbers) <= NUMBERED)
        # the whole square on both sides: how much of it is filled is part of the comparison
        left, right, bottom, top = extent(map)
        ax.set(xlim=(left, right), ylim=(bottom, top), xlabel="map axis 1 (map units)")
        ax.set_ylabel("" if name == "b" else "map axis 2 (map units)")
        ax.set_title(f"{title}: {len(numbers)} region{'' if len(numbers) == 1 else 's'}")
        style.letter(ax, name)
    bar = fig.colorbar(shown, ax=list(panels), location="bottom", shrink=0.5, aspect=35, pad=0.02)
    bar.set_label("probability density (10$^{-3}$ per map unit$^2$)")
    bar.outline.set_linewidth(0.4)


def _joint(fig, comparison: MapComparison) -> None:
    if not comparison.joint.sum():
        ax = fig.subplots()
        style.message(ax, "no frame lies in regions of both maps")
        style.letter(ax, "c")
        return
    rows, columns = comparison.pixel_order, comparison.pose_order
    joint = 100 * comparison.joint[rows - 1][:, columns - 1]
    panels = fig.subplots(2, 2, width_ratios=[5, 1], height_ratios=[1, 5], squeeze=False)
    corner, main = panels[0, 1], panels[1, 0]
    corner.set_axis_off()
    norm = PowerNorm(0.5, 0, joint.max())
    shown = main.imshow(joint, cmap=style.DENSITY, norm=norm, aspect="auto")
    for size, axis, order in ((len(columns), main.xaxis, columns), (len(rows), main.yaxis, rows)):
        if size <= NUMBERED:
            axis.set_ticks(range(size), order, fontsize=style.SMALL if size <= 20 else style.TINY)
            axis.set_tick_params(length=0)
    main.set(xlabel="region, poses", ylabel="region, pixels")
    main.spines[:].set_visible(True)
    _marginal(panels[0, 0], joint.sum(axis=0), comparison.pose_behavior, columns, comparison, True)
    _marginal(panels[1, 1], joint.sum(axis=1), comparison.pixel_behavior, rows, comparison, False)
    style.letter(panels[0, 0], "c")
    bar = fig.colorbar(shown, ax=panels, location="bottom", shrink=0.7, aspect=28, pad=0.02)
    bar.set_label("frames in regions of both maps (%)")
    bar.outline.set_linewidth(0.4)


def _marginal(
    ax: Axes, total: np.ndarray, behavior, order: np.ndarray, comparison: MapComparison, top: bool
) -> None:
    """Bars of each region's share, divided among true behaviors where they are known."""
    parts, colours = total[:, None], [style.GREY]
    if behavior is not None:
        share = behavior[order - 1]
        share = share / np.maximum(share.sum(axis=1, keepdims=True), 1e-12)
        parts, colours = total[:, None] * share, style.behavior_colours(comparison.behaviors)
    start = np.zeros(len(total))
    for part, colour in zip(parts.T, colours, strict=True):
        look: dict[str, Any] = {"color": colour, "linewidth": 0}
        if top:
            ax.bar(range(len(part)), part, 0.85, bottom=start, **look)
        else:
            ax.barh(range(len(part)), part, 0.85, left=start, **look)
        start += part
    limits = (-0.5, len(total) - 0.5)
    if top:
        ax.set(xlim=limits, xticks=[], ylabel="%")
    else:
        ax.set(ylim=limits[::-1], yticks=[], xlabel="%")


def _table(ax: Axes, comparison: MapComparison) -> None:
    """The measures as a table; those that are unknown on both sides are left out."""
    style.image_axes(ax)
    sides = ("pixels", "poses")
    values = []
    for key, (text, form) in ROWS.items():
        pair = [float(comparison.measures[side].get(key, np.nan)) for side in sides]
        if np.isfinite(pair).any():
            values.append((text, [form.format(v) if np.isfinite(v) else "-" for v in pair]))
    step = 1 / (len(values) + 1)
    place: dict[str, Any] = {"transform": ax.transAxes, "va": "center"}
    for x, side in zip((0.84, 1.0), sides, strict=True):
        ax.text(x, 1 - step / 2, side, ha="right", fontweight="bold", **place)
    for row, (text, shown) in enumerate(values, start=1):
        y = 1 - step * (row + 0.5)
        ax.plot([0, 1], [y + step / 2] * 2, color=style.LIGHT, lw=0.5, transform=ax.transAxes)
        ax.text(0, y, text, ha="left", **place)
        for x, value in zip((0.84, 1.0), shown, strict=True):
            ax.text(x, y, value, ha="right", **place)
    style.letter(ax, "d")


def _variance(ax: Axes, basis: PixelBasis) -> None:
    number = np.arange(1, len(basis.explained) + 1)
    total = np.cumsum(basis.explained)
    ax.bar(number, 100 * basis.explained, color=style.SKY, width=0.9)
    ax.plot(number, 100 * total, color=style.BLACK)
    ax.set(ylim=(0, 100), xlabel="mode", ylabel="variance explained (%)")
    ax.set_xlim(0.4, len(number) + 0.6)
    locator = ax.xaxis.get_major_locator()
    assert isinstance(locator, MaxNLocator)  # of every linear axis
    locator.set_params(integer=True)
    ax.text(0.97, 0.38, "cumulative", transform=ax.transAxes, ha="right")
    ax.text(0.97, 0.28, "each mode", color=style.BLUE, transform=ax.transAxes, ha="right")
    ax.annotate(
        f"{total[-1]:.1%}", (number[-1], 100 * total[-1]), (0, -4), ha="right", va="top",
        textcoords="offset points",
    )  # fmt: skip
    style.letter(ax, "e")


def _pictures(fig, basis: PixelBasis) -> None:
    """What brightens (red) and darkens (blue) as a mode's score rises, each on its own scale."""
    panels = fig.subplots(MODES // COLUMNS, COLUMNS)
    for ax in panels.flat:
        style.image_axes(ax)
    shown = zip(panels.flat, basis.pictures[:MODES], basis.explained, strict=False)
    for k, (ax, picture, share) in enumerate(shown, start=1):
        span = float(np.abs(picture).max()) or 1.0
        ax.imshow(picture, cmap=style.DIVERGING, vmin=-span, vmax=span)
        ax.set_title(f"{k}: {share:.0%}", fontsize=style.SMALL, loc="center", pad=1.5)
    style.letter(panels[0, 0], "f")
