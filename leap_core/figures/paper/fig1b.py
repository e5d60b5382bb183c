"""What the labeling page holds: a labeled frame, and how far the work has come (Figure 1b)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leap_core.containers import Labels
from leap_core.figures import placeholder, style

if TYPE_CHECKING:
    import pandas as pd

# columns of the table of work -> words and colour; as on the page, what is sure is green
KINDS = {
    "placed": ("placed", style.GREEN),
    "moved": ("moved", style.SKY),
    "accepted": ("estimate taken", style.GOLD),
    "copied": ("copied", style.GREY),
}
ABSENT = 3  # `status` of labels


@style.styled
def draw(labels: Labels, work: pd.DataFrame, reference: int = 0) -> Figure:
    """One labeled frame with its markers; below, how the parts of each frame got their place.

    Args:
        labels: made on the page.
        work: a row a labeled frame, as :func:`leap_core.labels.effort.table` gives it, in the
            order in which they were done.
        reference: the sample of ``labels`` that is shown.
    """
    if not len(work) or not len(labels.images):
        return placeholder.draw("Labeling page", "no frame was labeled in the browser")
    fig = style.figure(62, 58)
    above, below = fig.subplots(2, 1, height_ratios=[1.9, 1])
    _frame(above, labels, reference)
    _progress(below, work, len(labels.skeleton))
    return fig


def _frame(ax: Axes, labels: Labels, row: int) -> None:
    ax.imshow(labels.images[row, ..., 0], cmap="gray", vmin=0, vmax=255)
    style.image_axes(ax)
    places, status = labels.positions[row], labels.status[row]
    for a, b in labels.skeleton.edges:
        if np.isfinite(places[[a, b]]).all():
            ax.plot(*places[[a, b]].T, color="white", lw=0.4, alpha=0.7)
    known = np.isfinite(places).all(axis=1)
    ax.plot(*places[known].T, "o", ms=2.4, mfc=style.GREEN, mec="white", mew=0.3, ls="none")
    said = f"{known.sum()} of {len(places)} parts labeled"
    absent = int((status == ABSENT).sum())
    ax.set_title(f"{said}, {absent} absent" if absent else said, fontsize=style.TEXT)


def _progress(ax: Axes, work: pd.DataFrame, parts: int) -> None:
    """A bar a frame: how many of its parts were placed, moved, taken from an estimate, copied."""
    frame = np.arange(1, len(work) + 1)
    bottom = np.zeros(len(work))
    for column, (name, colour) in KINDS.items():
        height = work[column].to_numpy(float)
        if height.any():
            ax.bar(frame, height, bottom=bottom, width=1, color=colour, lw=0, label=name)
        bottom += height
    ax.set(xlim=(0.5, len(work) + 0.5), ylim=(0, max(parts, bottom.max())))
    ax.set(xlabel="frame, in the order of work", ylabel="parts")
    ax.locator_params(axis="x", integer=True, nbins=5)
    ax.figure.legend(
        loc="outside lower center", ncols=4, fontsize=style.SMALL, handlelength=0.8,
        columnspacing=0.8, handletextpad=0.4,
    )  # fmt: skip
