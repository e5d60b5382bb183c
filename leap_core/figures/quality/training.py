"""Loss and learning rate of one training run (paper: Figure 2c shows the error instead)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, FigureBase
from matplotlib.ticker import LogFormatterSciNotation, MaxNLocator

from leap_core.figures import style

if TYPE_CHECKING:
    import pandas as pd


NAMED = 40  # so many part names fit under the axis; of more parts, those not learned are named
# state of a part -> marker, face: what is not learned stands out
MARKS = {
    "learned": ("o", style.GREY),
    "flat": ("o", style.FLAG),
    "rare": ("o", "white"),
    "unlabeled": ("X", style.FLAG),
}


@style.styled
def draw(history: pd.DataFrame, parts: pd.DataFrame | None = None) -> Figure:
    """Training and validation loss by epoch, the kept epoch marked; learning rate below.

    With ``parts``, a third panel shows how high the map of every part is at labeled images, and
    a headline names the parts that the network has not learned.

    Args:
        history: columns ``epoch``, ``loss``, ``validation_loss``, ``learning_rate``.
        parts: columns ``part``, ``peak``, ``flat_below`` and ``state`` (learned, flat, rare or
            unlabeled), as a model's .json has them.
    """
    checked = parts if parts is not None and len(parts) else None
    fig = style.figure(style.SINGLE, 70 if checked is None else 108)
    sheets = [] if checked is None else style.sheets(fig, 2, 1, height_ratios=[70, 38])
    upper: FigureBase = sheets[0] if sheets else fig
    top, low = upper.subplots(2, 1, height_ratios=[3, 1], sharex=True)
    if checked is not None:
        _peaks(sheets[1].add_subplot(), checked)
        _headline(fig, checked)
    if not len(history):
        style.message(top, "no epoch has been trained")
        style.message(low, "")
        return fig
    epoch = history["epoch"].to_numpy()
    marker = {"marker": "o", "ms": 2.5 if len(epoch) < 40 else 1}
    for column, name, colour in (
        ("loss", "training", style.BLUE),
        ("validation_loss", "validation", style.ORANGE),
    ):
        if history[column].notna().any():
            top.plot(epoch, history[column].to_numpy(float), color=colour, label=name, **marker)
    validation = history["validation_loss"].to_numpy(float)
    if np.isfinite(validation).any():
        best = int(np.nanargmin(validation))
        kept = {"mfc": "none", "mec": style.BLACK, "ms": 7, "ls": ""}
        top.plot(epoch[best], validation[best], "o", label=f"kept: epoch {epoch[best]}", **kept)
    both = history[["loss", "validation_loss"]].to_numpy(float)
    for ax, values in ((top, both), (low, history["learning_rate"].to_numpy(float))):
        if (values[np.isfinite(values)] > 0).all():
            ax.set_yscale("log")
            # the lower panel is too low for labels between powers of ten
            ax.yaxis.set_minor_formatter(LogFormatterSciNotation(minor_thresholds=(0.7, 0.3)))
    top.set_ylabel("loss (mean squared error)")
    top.legend(loc="upper right")
    low.step(epoch, history["learning_rate"].to_numpy(float), where="mid", color=style.BLACK)
    low.set(xlabel="epoch", ylabel="learning\nrate")
    low.xaxis.set_major_locator(MaxNLocator(integer=True))
    upper.align_ylabels()
    return fig


def _peaks(ax: Axes, parts: pd.DataFrame) -> None:
    """One dot per part: mean peak of its map where it is labeled."""
    place = np.arange(len(parts))
    height = parts["peak"].to_numpy(float)
    for state, (mark, face) in MARKS.items():
        rows = np.flatnonzero(parts["state"] == state)
        edge = style.GREY if state == "learned" else style.FLAG
        values = np.nan_to_num(height[rows])  # never labeled: at zero
        if len(rows):
            ax.plot(rows, values, mark, ms=3.5, mfc=face, mec=edge, mew=0.8, label=state,
                    clip_on=False, zorder=3)  # fmt: skip
    ax.axhline(float(parts["flat_below"].iloc[0]), color=style.GREY, ls="--", lw=0.8, zorder=0)
    wrong = (parts["state"] != "learned").to_numpy()
    named = place if len(parts) <= NAMED else place[wrong]
    ax.set_xticks(named, parts["part"].iloc[named], rotation=90, fontsize=style.TINY)
    for tick, k in zip(ax.get_xticklabels(), named, strict=True):
        if wrong[k]:
            tick.set(color=style.FLAG, fontweight="bold")
    ax.tick_params(axis="x", length=0)
    ax.set(xlim=(-0.8, len(parts) - 0.2), ylim=(0, max(1.05, 1.05 * np.nanmax([1, *height]))))
    ax.set_yticks([0, 0.5, 1])
    ax.set_ylabel("peak of the map\nwhere labeled")
    if wrong.any():
        ax.legend(loc="lower left", ncols=4, handletextpad=0, columnspacing=0.8, frameon=True,
                  edgecolor="none", fontsize=style.SMALL)  # fmt: skip


def _headline(fig: Figure, parts: pd.DataFrame) -> None:
    """Over everything: which parts are not learned."""
    wrong = parts[parts["state"] != "learned"]
    if not len(wrong):
        return
    names = [f"{r.part} ({r.state})" for r in wrong.itertuples()]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    text = f"{len(names)} of {len(parts)} parts not learned:\n{', '.join(names[:3])}{more}"
    fig.suptitle(text, color=style.FLAG, fontweight="bold", fontsize=style.TEXT)
