"""Work per frame against the labels that the network had learned from (paper: Supp. Figure 4c)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leap_core.figures import placeholder, style

if TYPE_CHECKING:
    import pandas as pd

# The paper (preprint, bioRxiv 331181, Supplementary Figure 4c), 32 parts labeled by hand:
# labeled frames of the network -> mean and standard deviation, s per frame
PAPER = {0.0: (115.4, 45.0), 1000.0: (6.1, 7.7)}
PROGRAM = "script"  # how the name begins of one who labels and is no person
LEAST_S = 0.1  # s; the axis is logarithmic, and what took less is drawn there
TICKS_S = (0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000)
SPREAD = 0.24  # half the width of the points of a group, groups being 1 apart
MANY = 10  # groups whose names need to be turned
UNKNOWN = float("inf")  # stands for the labels of a network that the journal does not tell of


@style.styled
def draw(work: pd.DataFrame) -> Figure:
    """Seconds, and parts placed or moved, of every frame; median and quartiles of each group.

    Args:
        work: a row a labeled frame, as :func:`leap_core.labels.effort.table` gives it.
    """
    if not len(work):
        return placeholder.draw("Work per frame", "no frame was labeled in the browser")
    labels = work["learned_from"].fillna(UNKNOWN).to_numpy(float)
    seconds = np.maximum(work["seconds"].to_numpy(float), LEAST_S)
    moves = (work["placed"] + work["moved"]).to_numpy(float)
    programs = work["person"].str.startswith(PROGRAM).to_numpy(bool)
    groups = sorted(set(labels))
    fig = style.figure(style.DOUBLE, 68)
    left, right = fig.subplots(1, 2, width_ratios=[1.15, 1])
    with_paper = sorted({*groups, *PAPER})
    _groups(left, labels, seconds, programs, with_paper)
    _paper(left, labels, with_paper)
    means = [mean for mean, _ in PAPER.values()]
    low = max(LEAST_S, min(seconds.min(), *means)) / 1.5
    high = 1.5 * max(seconds.max(), *means)
    left.set(yscale="log", ylim=(low, high), ylabel="work (s per frame)")
    ticks = [tick for tick in TICKS_S if low <= tick <= high]
    left.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    left.minorticks_off()
    _groups(right, labels, moves, programs, groups)
    right.set(ylabel="parts placed or moved (per frame)")
    right.set_ylim(-0.04 * (moves.max() + 1), 1.04 * (moves.max() + 1))
    for letter, ax in (("i", left), ("ii", right)):
        style.letter(ax, letter)
    people = len(set(work["person"][~programs]))
    said = [style.count(len(work), "frame")]
    if people:
        said.append("1 person" if people == 1 else f"{people} people")
    right.set_title(", ".join(said), fontsize=style.TEXT)
    if programs.any():
        by = "all" if programs.all() else f"{style.count(programs.sum(), 'frame')} (hollow)"
        text = f"{by} labeled by a program: no person's seconds"
        left.set_title(text, fontsize=style.TEXT, color=style.FLAG)
    return fig


def _groups(
    ax: Axes, labels: np.ndarray, values: np.ndarray, hollow: np.ndarray, groups: Sequence[float]
) -> None:
    """Points, median and quartiles of the frames of every group, in the order of their work."""
    names = []
    for place, group in enumerate(groups):
        rows = np.flatnonzero(labels == group)
        name = "?" if group == UNKNOWN else f"{group:g}"
        names.append(f"{name}\nn = {len(rows)}" if len(rows) else f"{name}\npaper")
        if not len(rows):
            continue
        across = np.linspace(-SPREAD, SPREAD, len(rows)) if len(rows) > 1 else np.zeros(1)
        face = np.where(hollow[rows], "none", style.SKY)
        ax.scatter(place + across, values[rows], s=6, lw=0.5, facecolors=face.tolist(),
                   edgecolors=style.SKY, zorder=2, gid=f"frames {name}")  # fmt: skip
        low, middle, high = np.percentile(values[rows], [25, 50, 75])
        ax.plot([place] * 2, [low, high], color=style.BLACK, lw=2.4, zorder=3, gid="quartiles",
                solid_capstyle="butt")  # fmt: skip
        ax.plot([place - SPREAD, place + SPREAD], [middle] * 2, color=style.BLACK, lw=1.2, zorder=4,
                gid="median")  # fmt: skip
        written = f"{middle:.0f}" if middle >= 10 else f"{middle:.2g}"
        ax.annotate(written, (place + SPREAD, middle), (3, 0), textcoords="offset points",
                    va="center", fontsize=style.SMALL, zorder=4)  # fmt: skip
    turned = 90 if len(groups) > MANY else 0
    ax.set_xticks(range(len(groups)), names, fontsize=style.SMALL, rotation=turned)
    ax.set(xlim=(-0.6, len(groups) - 0.25))
    ax.set_xlabel("labeled frames that the network had learned from")


def _paper(ax: Axes, labels: np.ndarray, groups: Sequence[float]) -> None:
    """Means and standard deviations of the paper, beside the frames of as many labels."""
    for count, (mean, deviation) in PAPER.items():
        place = groups.index(count) - (SPREAD + 0.16 if (labels == count).any() else 0)
        low = max(mean - deviation, LEAST_S / 2)
        ax.plot([place] * 2, [low, mean + deviation], color=style.VERMILLION, lw=0.8)
        name = "paper, mean ± s.d." if not count else None
        ax.plot(place, mean, "D", ms=3.5, color=style.VERMILLION, label=name, gid="paper")
    ax.legend(loc="best", fontsize=style.SMALL)
