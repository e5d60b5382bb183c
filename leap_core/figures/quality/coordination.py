"""Which leg steps when: phases between legs, and how well tripods swing together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, FigureBase

from leap_core.figures import placeholder, style

if TYPE_CHECKING:
    import pandas as pd


FIRST_PHASE = -0.25  # phases are shown from here to 0.75: together and in alternation lie inside
PHASE_BINS = 24
PIECES = 8  # of the frame over which a lift-off is spread
MIN_STEPS = 10  # speed bins and modes with fewer show no mean


@style.styled
def draw(
    phases: pd.DataFrame,
    strength: pd.DataFrame,
    tripods: pd.DataFrame,
    legs: list[str],
    label: str = "forward speed (mm/s)",
    note: str = "",
) -> Figure:
    """Phases of the legs relative to the first one by speed, and strength against speed.

    Args:
        phases: rows of the phase tables, of one unit of speed.
        strength: rows of ``gait/tripods.csv``.
        tripods: rows of the tables of tripod steps, for the means of the gait modes.
        legs: names from front to hind; phases are relative to the first.
        label: of the speed axis.
        note: small print below the figure.
    """
    own = phases[(phases["leg"] == legs[0]) & np.isfinite(phases["mean_speed"])]
    if not len(own):
        return placeholder.draw(
            "Coordination", f"no whole stride of {legs[0]} with other legs seen"
        )
    others = legs[1:]
    height = 26 + 11.0 * len(others)
    if len(tripods):
        fig = style.figure(style.DOUBLE, max(66.0, height))
        left: FigureBase
        left, right = style.sheets(fig, 1, 2, width_ratios=[1.25, 1])
        _strength(right, strength, tripods, label)
        for part, letter in ((left, "a"), (right, "b")):
            part.text(0.005, 0.995, letter, fontsize=9, fontweight="bold", va="top")
    else:
        left = fig = style.figure(style.SINGLE, height)
        note = f"{note}\nno tripods in this animal".strip()
    rows = left.subplots(len(others), 1, sharex=True, squeeze=False)[:, 0]
    _histograms(rows, own, others, label.split(", from")[0])
    expected = _expected(tripods["tripod"], legs[0])
    for ax, leg in zip(rows, others, strict=True):
        if leg in expected:
            ax.plot(expected[leg], -0.08, "^", color=style.BLACK, ms=3.5, clip_on=False, zorder=5)
    if expected:
        rows[0].plot([], [], "^", color=style.BLACK, ms=3.5, label="tripod gait")
    rows[0].legend(
        loc="lower left",
        bbox_to_anchor=(-0.02, 1.0),
        ncols=2,
        fontsize=style.SMALL,
        columnspacing=1.2,
        borderaxespad=0.2,
    )
    ticks = np.arange(5) * 0.25 + FIRST_PHASE
    rows[-1].set_xticks(ticks, ["0.75", "0", "0.25", "0.5", "0.75"])
    rows[-1].set_xlabel(f"phase of swing onset in the stride of {legs[0]}")
    if note:
        fig.supxlabel(note, fontsize=style.SMALL, color=style.GREY)
    return fig


def _histograms(rows: np.ndarray, own: pd.DataFrame, others: list[str], speed: str) -> None:
    """Densities of phase of every other leg, by thirds of the strides' speeds."""
    low, high = own["mean_speed"].min(), own["mean_speed"].max()
    edges = np.unique([low, *own["mean_speed"].quantile([1 / 3, 2 / 3]), high])
    edges = edges if len(edges) > 1 else np.array([low, low])
    colours = style.TIME(np.linspace(0, 0.85, len(edges) - 1))
    units = speed[speed.find("(") + 1 : speed.find(")")]
    highest = 0.0
    for ax, leg in zip(rows, others, strict=True):
        mine = own[own["other"] == leg]
        which = np.searchsorted(edges[1:-1], mine["mean_speed"], side="right")
        for k, colour in enumerate(colours):
            density = phase_density(mine[which == k])
            span = f"{edges[k]:.1f}\N{EN DASH}{edges[k + 1]:.1f} {units}"
            bins = np.linspace(FIRST_PHASE, FIRST_PHASE + 1, PHASE_BINS + 1)
            ax.stairs(density, bins, baseline=None, color=colour, label=span, lw=0.9)
            highest = max(highest, density.max())
        ax.axvline(0, color=style.LIGHT, lw=0.6, zorder=0)
        ax.axvline(0.5, color=style.LIGHT, lw=0.6, zorder=0)
        ax.set_ylabel(leg, rotation=0, ha="right", va="center")
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)
    for ax in rows:
        ax.set(ylim=(0, 1.08 * highest), xlim=(FIRST_PHASE, FIRST_PHASE + 1))


def phase_density(rows: pd.DataFrame) -> np.ndarray:
    """Density (PHASE_BINS,) of ``phase`` from -0.25 to 0.75; 0 without rows.

    A lift-off is known to a frame: each is spread evenly over the frame it begins, since a comb
    of the few phases that strides of about ten frames allow would say nothing.
    """
    if not len(rows):
        return np.zeros(PHASE_BINS)
    pieces = (np.arange(PIECES) + 0.5) / PIECES - 0.5
    frames = rows["frames"].to_numpy(float)[:, None]
    spread = rows["phase"].to_numpy(float)[:, None] + pieces / frames
    spread = (spread - FIRST_PHASE) % 1 + FIRST_PHASE
    counts = np.histogram(spread, PHASE_BINS, (FIRST_PHASE, FIRST_PHASE + 1))[0]
    return counts / counts.sum() * PHASE_BINS


def _expected(tripods: pd.Series, reference: str) -> dict[str, float]:
    """Phase of each leg in an ideal tripod gait, by the tripods' names; empty without."""
    groups = [name.split("-") for name in sorted(set(tripods))]
    own = [group for group in groups if reference in group]
    if len(groups) != 2 or not own:
        return {}
    return {leg: 0.0 if leg in own[0] else 0.5 for group in groups for leg in group}


def _strength(part, strength: pd.DataFrame, tripods: pd.DataFrame, label: str) -> None:
    """Mean and standard deviation by speed of each tripod, and the mean of each gait mode."""
    if not (strength["n"] >= MIN_STEPS).any():
        text = "too few steps at any speed\nfor tripod coordination strength"
        style.message(part.subplots(), text)
        return
    top, ax = part.subplots(2, 1, height_ratios=[1, 4.5], sharex=True)
    colours = (style.PURPLE, style.GREEN)
    for (name, rows), colour in zip(strength.groupby("tripod"), colours, strict=False):
        low, high = (rows[k].to_numpy(float) for k in ("speed_low", "speed_high"))
        mean, sd = (rows[k].to_numpy(float, copy=True) for k in ("strength", "sd"))
        enough = rows["n"].to_numpy() >= MIN_STEPS
        x = (low + high) / 2
        for a, b, n in zip(low, high, rows["n"], strict=True):
            top.plot([a, b], [n, n], color=colour, lw=1.2, solid_capstyle="butt")
        mean[~enough] = np.nan
        span = np.maximum(mean - sd, 0), np.minimum(mean + sd, 1)
        ax.fill_between(x, *span, color=colour, alpha=0.15, lw=0)
        named = f"{name} (n = {rows['n'].sum():,})"
        ax.plot(x, mean, "o-", ms=2.5, color=colour, label=named)
    _modes(ax, tripods[tripods["units"] == "mm/s"])
    top.set_title(" ")  # room for the panel's letter
    top.set_ylabel("steps")
    top.set_ylim(0, None)
    ax.set(ylim=(0, 1.0), xlim=(0, None), ylabel="tripod coordination strength")
    ax.set_xlabel(label.replace(", from", ",\nfrom"))
    ax.legend(loc="upper left", fontsize=style.SMALL)


def _modes(ax: Axes, tripods: pd.DataFrame) -> None:
    """Mean speed and strength of the steps of each gait mode."""
    names = [name for name in sorted(set(tripods["gait"]), reverse=True) if name]
    for name, colour in zip(names, style.gait_colours(names), strict=True):
        own = tripods[tripods["gait"] == name]
        if len(own) >= MIN_STEPS:
            place = own["mean_speed"].mean(), own["strength"].mean()
            look: dict[str, Any] = {"mfc": colour, "mec": "white", "mew": 0.5, "ls": "none"}
            ax.plot(
                *place,
                "s",
                ms=5,
                zorder=5,
                clip_on=False,
                label=f"{name}: mean {place[1]:.2f}",
                **look,
            )
