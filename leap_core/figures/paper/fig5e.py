"""Forward velocity in the locomotor regions (paper: Figure 5e)."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from leap_core.containers import RegionStats
from leap_core.figures import placeholder, style
from leap_core.figures.paper.fig5ab import chosen_of_all, colours, nothing, slow_to_fast


@style.styled
def draw(stats: RegionStats) -> Figure:
    """Density of forward speed per region; below it median speed against peak leg frequency."""
    title = "Forward velocity of locomotor regions"
    rows = slow_to_fast(stats)
    if not len(rows):
        return nothing(stats, title)
    if not np.isfinite(stats.speed[rows]).any():
        return placeholder.draw(title, stats.note or "forward speed is unknown")
    colour_of = colours(stats)
    fig = style.figure(60, 66)
    ax, inset = fig.subplots(2, 1, height_ratios=[1.5, 1])
    units = stats.units or "mm/s"
    middle = (stats.speed_edges[:-1] + stats.speed_edges[1:]) / 2
    for order, k in enumerate(rows):
        colour, density = colour_of[int(k)], stats.speed_density[k]
        if not np.isfinite(density).any():
            continue
        label = f"{k + 1}: {stats.speed[k]:.1f} {units}"
        ax.fill_between(middle, density, color=colour, alpha=0.15, lw=0)
        ax.plot(middle, density, color=colour, label=label)
        inset.plot(stats.peak_frequency[k], stats.speed[k], "o", ms=4, color=colour)
        place = (stats.peak_frequency[k], stats.speed[k])
        side = (3.5, -7 if order % 2 else 2)
        inset.annotate(str(k + 1), place, side, textcoords="offset points", fontsize=style.SMALL)
    ax.set(xlabel=f"forward velocity ({units})", ylim=(0, None))
    ax.set_xlim(stats.speed_edges[0], stats.speed_edges[-1])
    unit = units.split("/")
    ax.set_ylabel(f"density ({unit[-1]}/{unit[0]})")
    fig.legend(loc="outside upper center", ncols=3, fontsize=style.TINY, handlelength=0.8,
               columnspacing=0.8, handletextpad=0.4, borderpad=0)  # fmt: skip
    inset.set(xlabel="peak leg frequency (Hz)", ylabel=f"median ({units})")
    inset.margins(0.18)
    inset.set_ylim(bottom=0)
    note = chosen_of_all(stats, rows)
    source = f"speed: {stats.speed_source}" if stats.speed_source else ""
    small = "\n".join(t for t in (source, note) if t)
    ax.set_title(small, fontsize=style.SMALL, color=style.GREY)
    return fig
