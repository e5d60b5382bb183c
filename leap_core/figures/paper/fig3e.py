"""Forward speed in each gait mode (paper: Figure 3e)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from leap_core.containers import Gait
from leap_core.figures import placeholder, style
from leap_core.figures.parts import speed_axis
from leap_core.gait import speed_bins

BIN = 1.0  # mm/s, for a fly
# Pereira et al. 2018, 59 flies, frames at 2 to 35 mm/s: mean speed (mm/s), as read in methods
PUBLISHED = {"tripod": 13.5, "tetrapod": 7.5, "non-canonical": 6.3}


@style.styled
def draw(gaits: Iterable[Gait], published: bool = False, note: str = "") -> Figure:
    """Density of forward speed over the frames of each mode, with mean, count and doubt.

    Args:
        gaits: of all recordings, with the same modes; where any has a scale, those in px/s are
            left out.  Of a generator one is held at a time, and of it the frames with a mode.
        published: mark the paper's means (fly gaits in mm/s only).
        note: small print above the figure.
    """
    units, names = "", list[str]()
    sources = set[str]()
    states, speeds = [np.zeros(0, np.int8)], [np.zeros(0, np.float32)]
    doubts = [np.zeros(0, bool)]
    for gait in gaits:
        if gait.velocity_units != units:
            if units == "mm/s":
                continue
            if not units or gait.velocity_units == "mm/s":
                # the first, or the first with a scale: nothing before it counts
                units, names = gait.velocity_units, gait.states
                sources.clear()
                states, speeds, doubts = states[:1], speeds[:1], doubts[:1]
        sources.add(gait.speed_source)
        known = (gait.state >= 0) & np.isfinite(gait.forward_velocity)
        states.append(gait.state[known])
        speeds.append(gait.forward_velocity[known])
        doubts.append(gait.uncertain[known])
    state, forward = np.concatenate(states), np.concatenate(speeds).astype(float)
    doubt = np.concatenate(doubts)
    if not len(state):
        return placeholder.draw("Figure 3e: speed by gait mode", "no frame has a gait mode")
    fastest = np.quantile(forward, 0.999)
    width = BIN * (speed_bins.scale(forward) if units == "mm/s" else 1)
    edges = np.arange(0, np.ceil(fastest / width) + 2) * width
    fig = style.figure(style.SINGLE, 52)
    ax = fig.add_subplot()
    highest = 0.0
    for k, (name, colour) in enumerate(zip(names, style.gait_colours(names), strict=True)):
        values = forward[state == k]
        if not len(values):
            continue
        density = np.histogram(values, edges)[0] / len(values) / width
        count = f"{len(values):,} frame{'s' * (len(values) > 1)}"
        if doubt.any():
            count += f" ({doubt[state == k].mean():.0%} uncertain)"
        label = f"{name}: mean {values.mean():.1f}, {count}"
        ax.stairs(density, edges, fill=True, color=colour, alpha=0.15, lw=0)
        ax.stairs(density, edges, color=colour, label=label)
        highest = max(highest, density.max())
        mean: dict[str, Any] = {"color": colour, "clip_on": False, "zorder": 5, "ls": "none"}
        ax.plot(values.mean(), 0, "^", ms=5, mec="white", mew=0.4, **mean)
        if published and units == "mm/s" and name in PUBLISHED:
            hollow = mean | {"mfc": "white", "mec": colour}
            ax.plot(PUBLISHED[name], 0, "D", ms=4, **hollow)
    if published and units == "mm/s" and set(names) & set(PUBLISHED):
        ax.plot([], [], "D", ms=4, mfc="white", mec=style.GREY, label="mean, Pereira et al. 2018")
    ax.set(xlabel=speed_axis.label(units, sources), xlim=(0, edges[-1]))
    ax.set(ylabel=f"density (per {units})", ylim=(0, 1.45 * highest))
    ax.legend(loc="upper right", fontsize=style.SMALL)
    ax.set_title(note, fontsize=style.SMALL, color=style.GREY, loc="right")
    return fig
