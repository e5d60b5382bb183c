"""Where on the map the animal walks (paper: Figure 5a, b)."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from leap_core.containers import BehaviorMap, RegionStats
from leap_core.figures import placeholder, style
from leap_core.figures.paper.fig4a import extent, map_axes
from leap_core.figures.paper.fig4b import draw_regions

MOST_REGIONS = 6  # regions that the panels after this one show


@style.styled
def draw(map: BehaviorMap, stats: RegionStats) -> Figure:
    """Left the density with the locomotor regions outlined, right these numbered.

    Those that the panels after this one show are coloured from slow to fast, others are grey.
    """
    if not len(map.occupancy):
        return placeholder.draw("Locomotor regions", "the behavior map has no regions")
    fig = style.figure(style.DOUBLE, 80)
    left, right = fig.subplots(1, 2)
    highest = float(np.nanmax(map.density, initial=0)) or 1.0
    shown = left.imshow(
        map.density, origin="lower", extent=extent(map), cmap=style.DENSITY, vmin=0, vmax=highest
    )
    walking = {int(k) + 1 for k in np.flatnonzero(stats.locomotor)}
    x = (map.edges_x[:-1] + map.edges_x[1:]) / 2
    y = (map.edges_y[:-1] + map.edges_y[1:]) / 2
    inside = np.isin(map.labels, list(walking)).astype(float)
    if inside.any():
        left.contour(x, y, inside, [0.5], colors=style.SKY, linewidths=0.7)
    map_axes(left, map)
    left.set_title("density, locomotor regions outlined")
    wide, high = np.ptp(left.get_xlim()), np.ptp(left.get_ylim())
    fig.set_figheight((20 + 72 * float(np.clip(high / wide, 0.4, 0.75))) / 25.4)
    bar = fig.colorbar(shown, cax=left.inset_axes([1.02, 0, 0.03, 1]))
    bar.set_label("density (per map unit$^2$)")
    bar.outline.set_linewidth(0.4)
    style.powers(bar)
    fill = dict.fromkeys(sorted(walking), (*to_rgb(style.LIGHT), 1.0))
    draw_regions(right, map, fill | {k + 1: (*to_rgb(c), 0.8) for k, c in colours(stats).items()})
    share = float(np.sum(stats.occupancy[stats.locomotor]))
    right.set_title(f"{len(walking)} of {len(map.occupancy)} regions, {share:.0%} of frames")
    if not walking:
        reason = f"no locomotor region\n{stats.note}".strip()
        right.text(0.5, 0.5, reason, transform=right.transAxes, ha="center", wrap=True)
    right.set_ylabel("")
    style.letter(left, "a")
    style.letter(right, "b")
    return fig


def slow_to_fast(stats: RegionStats, most: int = MOST_REGIONS) -> np.ndarray:
    """Rows of the ``most`` most visited locomotor regions from the slowest to the fastest.

    Without speeds they go by the peak frequency of the legs.
    """
    rows = np.flatnonzero(stats.locomotor)
    rows = rows[np.argsort(-stats.occupancy[rows], kind="stable")][:most]
    known = np.isfinite(stats.speed[rows]).any()
    by = stats.speed if known else stats.peak_frequency
    return rows[np.lexsort((rows, np.nan_to_num(by[rows], nan=np.inf)))]


def colours(stats: RegionStats, most: int = MOST_REGIONS) -> dict[int, tuple[float, float, float]]:
    """Row of each region of :func:`slow_to_fast` -> its colour, from dark (slow) to bright."""
    rows = slow_to_fast(stats, most)
    ramp = style.PACE(np.linspace(0.0, 0.9, max(len(rows), 2)))
    return {int(k): style.rgb(c) for k, c in zip(rows, ramp, strict=False)}


def chosen_of_all(stats: RegionStats, rows: np.ndarray) -> str:
    """Which of the locomotor regions are shown, when not all are."""
    total = int(np.sum(stats.locomotor))
    return f"the {len(rows)} most visited of {total} locomotor regions" if len(rows) < total else ""


def nothing(stats: RegionStats, title: str) -> Figure:
    """Placeholder for a figure of locomotor regions when there are none."""
    reason = f"no region is locomotor: {stats.note}" if stats.note else "no region is locomotor"
    return placeholder.draw(title, reason)
