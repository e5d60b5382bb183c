"""Gait modes in the locomotor regions (paper: Figure 5f)."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from leap_core.containers import RegionStats
from leap_core.figures import placeholder, style
from leap_core.figures.paper.fig5ab import chosen_of_all, colours, nothing, slow_to_fast


@style.styled
def draw(stats: RegionStats) -> Figure:
    """Share of each region's frames in each gait mode, stacked, slow to fast; the rest has none."""
    title = "Gait modes of locomotor regions"
    rows = slow_to_fast(stats)
    if not len(rows):
        return nothing(stats, title)
    share = np.asarray(stats.gait, float)[rows]
    if not share.size or not np.nansum(share):
        return placeholder.draw(title, stats.note or "no frame of these regions has a gait mode")
    colour_of = colours(stats)
    fig = style.figure(60, 66)
    ax = fig.add_subplot()
    place = np.arange(len(rows))
    bottom = np.zeros(len(rows))
    for state, colour, height in zip(
        stats.states, style.gait_colours(stats.states), share.T, strict=True
    ):
        ax.bar(place, height, bottom=bottom, color=colour, width=0.8, label=state)
        bottom += height
    rest = np.clip(1 - bottom, 0, 1)
    ax.bar(place, rest, bottom=bottom, color=style.LIGHT, width=0.8, label="none")
    named = [str(k + 1) for k in rows]
    if np.isfinite(stats.speed[rows]).all():
        named = [f"{n}\n{stats.speed[k]:.1f}" for n, k in zip(named, rows, strict=True)]
    ax.set_xticks(place, named)
    for tick, k in zip(ax.get_xticklabels(), rows, strict=True):
        tick.set_fontweight("normal")
        ax.plot(tick.get_position()[0], -0.03, "s", ms=4, clip_on=False,
                color=colour_of[int(k)])  # fmt: skip
    below = f"region, median forward velocity ({stats.units})" if "\n" in named[0] else "region"
    ax.tick_params(axis="x", length=0, pad=9)
    ax.set(ylim=(0, 1), ylabel="share of frames", xlabel=below)
    ax.set_title(chosen_of_all(stats, rows), fontsize=style.SMALL, color=style.GREY)
    fig.legend(loc="outside upper center", ncols=2, handlelength=0.9,
               columnspacing=1.0)  # fmt: skip
    return fig
