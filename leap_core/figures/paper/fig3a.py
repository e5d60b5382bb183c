"""How swing and stance are told apart, on a real example (paper: Figure 3a)."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leap_core.containers import Gait
from leap_core.figures import style
from leap_core.timeseries import runs


@style.styled
def draw(gait: Gait, start: int, stop: int, leg: int, note: str = "") -> Figure:
    """Tip velocity of one leg with its swings and stances, and the diagram of all legs.

    Args:
        gait: of the recording.
        start, stop: rows to show.
        leg: index of the leg in the upper panel.
        note: small print below the figure.
    """
    fig = style.figure(style.SINGLE, 66)
    top, bottom = fig.subplots(2, 1, height_ratios=[1.35, 1], sharex=True)
    time = 1000 * np.arange(stop - start) / gait.fps
    width = 1000 / gait.fps
    swing, seen = gait.swing[start:stop, leg], gait.valid[start:stop, leg]
    for kind, mask in (("swing", swing & seen), ("stance", ~swing & seen)):
        colour = style.PHASE_COLOURS[kind]
        spans(top, mask, width, 0, 1, transform=top.get_xaxis_transform(), color=colour, alpha=0.25)
        top.bar(0, 0, color=colour, alpha=0.25, label=kind)
    top.axhline(0, color=style.GREY, lw=0.6)
    velocity = gait.tip_velocity[start:stop, leg]
    top.plot(time, velocity, "o-", ms=1.8, color=style.BLACK, lw=0.8)
    span = max(float(np.nanmax(velocity) - np.nanmin(velocity)), 1.0)
    top.set_ylim(np.nanmin(velocity) - 0.08 * span, np.nanmax(velocity) + 0.08 * span)
    top.set_ylabel(f"{gait.legs[leg]} tip velocity ({gait.velocity_units})")
    top.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.1)
    speed = float(np.nanmean(gait.forward_velocity[start:stop]))
    name = (
        gait.recording
        if len(gait.recording) <= 20
        else f"{gait.recording[:19]}\N{HORIZONTAL ELLIPSIS}"
    )
    place = f"{name}, frame {gait.frame[start]:,}, {speed:.1f} {gait.velocity_units}"
    top.set_title(place, loc="right", fontsize=style.SMALL)
    diagram(bottom, gait, start, stop)
    bottom.get_yticklabels()[leg_order(gait.legs).index(leg)].set_fontweight("bold")
    bottom.set_xlabel("time (ms)")
    bottom.set_xlim(-width / 2, time[-1] + width / 2)
    fig.align_ylabels()
    if note:
        fig.supxlabel(note, fontsize=style.SMALL, color=style.GREY)
    return fig


def diagram(ax: Axes, gait: Gait, start: int, stop: int) -> None:
    """Stance of every leg in black against time in ms; missing legs are grey."""
    width = 1000 / gait.fps
    order = leg_order(gait.legs)
    for k, leg in enumerate(order):
        seen = gait.valid[start:stop, leg]
        stance = ~gait.swing[start:stop, leg] & seen
        spans(ax, stance, width, k - 0.36, 0.72, color=style.BLACK)
        spans(ax, ~seen, width, k - 0.36, 0.72, color=style.LIGHT)
    ax.set_yticks(range(len(order)), [gait.legs[leg] for leg in order])
    ax.set_ylim(len(gait.legs) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_ylabel("stance (black)")


def spans(
    ax: Axes, mask: np.ndarray, width: float, bottom: float, height: float, **look: Any
) -> None:
    """Bars over the stretches of True; a frame reaches half a frame to both sides."""
    bars = [((a - 0.5) * width, (b - a) * width) for a, b in runs(mask)]
    ax.broken_barh(bars, (bottom, height), lw=0, **look)


def leg_order(legs: list[str]) -> list[int]:
    """Indices of the legs from front to hind, left side first, as far as their names are known."""
    order = list(style.LEG_COLOURS)
    codes = [style.leg_code(leg) for leg in legs]
    known = sorted((k for k, code in enumerate(codes) if code in order),
                   key=lambda k: order.index(codes[k]))  # fmt: skip
    return known + [k for k in range(len(legs)) if k not in known]
