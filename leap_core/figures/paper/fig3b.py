"""Swing and stance duration against body speed (paper: Figure 3b)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from matplotlib.figure import Figure

from leap_core.containers import Gait
from leap_core.figures import placeholder, style
from leap_core.figures.tables import Walker
from leap_core.gait import speed_bins

if TYPE_CHECKING:
    import pandas as pd


W = TypeVar("W", Gait, Walker)
BIN_WIDTH = 1.0  # mm/s: the paper's bin width, for a fly
MIN_STEPS = 10  # bins with fewer show no mean
BEYOND_SPEED = 3.0  # mm/s: the published curve ends this far beyond ours
# columns speed (mm/s), mean stance and mean swing (ms); their source is said in the file
PUBLISHED = np.loadtxt(
    Path(__file__).with_name("published_gait.csv"), delimiter=",", skiprows=3, encoding="utf-8"
)


@style.styled
def draw(
    steps: pd.DataFrame,
    units: str = "mm/s",
    published: bool = False,
    note: str = "",
    speed: str = "",
    first: float = 7.2,
) -> Figure:
    """Mean +- standard deviation of the durations by speed bins, over whole steps.

    Args:
        steps: one row per swing or stance; the columns ``kind``, ``duration_ms``,
            ``mean_speed`` and ``whole`` are used.
        units: of ``mean_speed``.  In mm/s the bins are the paper's (from ``first``, 1 wide), of
            animals much faster or slower than flies wider or narrower
            (:func:`leap_core.gait.speed_bins.scale`); else there are 20 between the 1st and 99th
            percentile.
        published: draw the paper's curves (mm/s only).
        note: small print above the figure, such as what is missing.
        speed: label of the speed axis.
        first: first bin edge, mm/s; slower steps are left out (the paper's is 7.2).
    """
    whole = steps[steps["whole"].astype(bool)] if len(steps) else steps
    good = whole[np.isfinite(whole["mean_speed"]) & np.isfinite(whole["duration_ms"])]
    fig = style.figure(style.SINGLE, 66)
    top, ax = fig.subplots(2, 1, height_ratios=[1, 4.5], sharex=True)
    edges = _edges(good["mean_speed"].to_numpy(float), units, first)
    highest = 0.0
    seen: list[np.ndarray] = []
    for kind in ("stance", "swing"):
        rows = good[good["kind"] == kind]
        n, mean, sd = binned(rows["mean_speed"], rows["duration_ms"], edges)
        enough = n >= (MIN_STEPS if (n >= MIN_STEPS).any() else 1)
        x = (edges[:-1] + edges[1:]) / 2
        colour = style.PHASE_COLOURS[kind]
        top.stairs(n, edges, color=colour, lw=0.8)
        if not enough.any():
            continue
        seen.extend(edges[:-1][enough])
        low, high = np.where(enough, mean - sd, np.nan), np.where(enough, mean + sd, np.nan)
        alone = enough & ~np.r_[False, enough[:-1]] & ~np.r_[enough[1:], False]
        ax.vlines(x[alone], low[alone], high[alone], color=colour, alpha=0.4, lw=1.5)
        ax.fill_between(x, low, high, color=colour, alpha=0.22, lw=0)
        label = f"{kind} (n = {int(n.sum()):,})"
        ax.plot(x, np.where(enough, mean, np.nan), "o-", ms=2.2, color=colour, label=label)
        highest = max(highest, np.nanmax(high))
    if not seen:
        faster = f" faster than {first:g} mm/s" if units == "mm/s" else ""
        return placeholder.draw("Swing and stance duration", f"no whole steps{faster}")
    if published and units == "mm/s":
        shown = PUBLISHED[PUBLISHED[:, 0] <= max(seen) + BEYOND_SPEED]
        shown = shown if len(shown) else PUBLISHED
        for column in (1, 2):
            line = {"color": style.BLACK, "lw": 0.9, "ls": (0, (3, 1.6)), "zorder": 1.5}
            ax.plot(shown[:, 0], shown[:, column], **line)
        ax.plot([], [], **line, label="Pereira et al. 2018")
        highest = max(highest, shown[:, 1:].max())
        seen.extend(shown[:, 0])
    span = edges[1] - edges[0]
    ax.set_xlim(min(seen) - 1.5 * span, max(seen) + 2 * span)
    top.set_ylabel("steps")
    top.set_title(note, fontsize=style.SMALL, color=style.GREY, loc="right")
    ax.set(
        xlabel=speed or f"forward speed ({units})", ylabel="duration (ms)", ylim=(0, 1.05 * highest)
    )
    ax.legend(loc="upper right")
    return fig


def binned(
    x: np.ndarray, y: np.ndarray, edges: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Count, mean and standard deviation of ``y`` in bins of ``x``; NaN in empty bins."""
    y = np.asarray(y, float)
    which = np.searchsorted(edges, np.asarray(x, float), side="right") - 1
    bins = len(edges) - 1
    n, mean, sd = np.zeros(bins, int), np.full(bins, np.nan), np.full(bins, np.nan)
    for k in range(bins):
        inside = y[which == k]
        n[k] = len(inside)
        if n[k]:
            mean[k], sd[k] = inside.mean(), inside.std()
    return n, mean, sd


def one_unit(steps: pd.DataFrame, gaits: list[W]) -> tuple[pd.DataFrame, list[W]]:
    """Steps and gait files of one unit of speed: mm/s where any recording has it, else px/s."""
    units = "mm/s" if any(g.velocity_units == "mm/s" for g in gaits) else "px/s"
    return steps[steps["units"] == units], [g for g in gaits if g.velocity_units == units]


def _edges(speed: np.ndarray, units: str, first: float) -> np.ndarray:
    if units == "mm/s":
        width = BIN_WIDTH * speed_bins.scale(speed)
        fastest = max(first + width, np.max(speed, initial=0))
        return first + width * np.arange(int(np.ceil((fastest - first) / width)) + 2)
    if not len(speed):
        return np.array([0.0, 1.0])
    low, high = np.quantile(speed, [0.01, 0.99])
    return np.linspace(low, high if high > low else low + 1, 21)
