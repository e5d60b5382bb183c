"""Swing velocity against time from onset, by body speed (paper: Figure 3c)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from leap_core.figures import placeholder, style

if TYPE_CHECKING:
    import pandas as pd


# Pereira et al. 2018, 59 flies: speed bin (mm/s) and peak of its swing velocity, 2.2 and 10.2
# px per frame at 35 px/mm and 100 frames/s, as read in methods
PUBLISHED = np.array([[3.5, 2.2 * 100 / 35], [32.5, 10.2 * 100 / 35]])

SHARE = 0.25  # later times hold only the longest swings: with fewer than this they are left out


@style.styled
def draw(
    profiles: pd.DataFrame,
    label: str = "forward speed (mm/s)",
    published: bool = False,
    note: str = "",
) -> Figure:
    """Mean +- standard deviation by time from onset, a fitted parabola each, and their peaks.

    Args:
        profiles: rows of ``gait/profiles.csv``.
        label: of the speed axis.
        published: mark the paper's peaks.
        note: small print above the figure.
    """
    title = "Figure 3c: swing velocity"
    if not len(profiles):
        return placeholder.draw(title, "no speed bin holds enough swings")
    bins = list(profiles.groupby("speed_low", sort=True))
    colours = style.TIME(np.linspace(0, 0.92, len(bins)))
    fig = style.figure(style.DOUBLE, 56)
    left, right = fig.subplots(1, 2, width_ratios=[1.5, 1])
    middles, peaks = [], []
    for (low, rows), colour in zip(bins, colours, strict=True):
        high = rows["speed_high"].iloc[0]
        rows = rows[rows["n"] >= SHARE * rows["n"].max()]
        time, mean, sd = (rows[k].to_numpy(float) for k in ("time_ms", "velocity", "sd"))
        name = f"{low:g}\N{EN DASH}{high:g} ({rows['swings'].iloc[0]:,})"
        left.fill_between(time, mean - sd, mean + sd, color=colour, alpha=0.15, lw=0)
        left.plot(time, mean, "o", ms=2.2, color=colour, label=name)
        left.plot(*_parabola(rows), "-", lw=1.1, color=colour)
        middles.append((low + high) / 2)
        peaks.append(rows["peak"].iloc[0])
    left.axhline(0, color=style.GREY, lw=0.5, zorder=0)
    left.set(xlabel="time from swing onset (ms)", ylabel="tip velocity (mm/s)", xlim=(0, None))
    speed = label.split(", ", 1)
    left.legend(
        title=f"{speed[0]},\nswings in brackets",
        title_fontsize=style.SMALL,
        fontsize=style.SMALL,
        loc="upper left",
        bbox_to_anchor=(1.0, 1.02),
        alignment="left",
    )
    right.plot(middles, peaks, "-", color=style.LIGHT, zorder=1)
    right.scatter(middles, peaks, s=16, color=colours, zorder=2)
    if published:
        mark = {"mfc": "white", "mec": style.GREY, "ms": 5, "ls": "none", "zorder": 3}
        right.plot(*PUBLISHED.T, "D", label="Pereira et al. 2018", **mark)
        right.legend(loc="lower right")
    right.set(xlabel=label.replace(", from", ",\nfrom"), ylabel="peak of the parabola (mm/s)")
    right.set_ylim(0, None)
    right.set_xlim(0, None)
    left.set_title(note, fontsize=style.SMALL, color=style.GREY, loc="left")
    return fig


def _parabola(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Fine points of the stored parabola, from 0 at onset to the end of its fit."""
    peak, at = rows["peak"].iloc[0], rows["peak_ms"].iloc[0]
    time = np.linspace(0, rows["time_ms"][rows["fit"].notna()].max(), 60)
    return time, peak * (1 - (time / at - 1) ** 2)
