"""Is confidence the probability that it says, and what lies below a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leap_core.figures import placeholder, style
from leap_core.numerics import CLOSE_PX, FAR_PX, calibration_error, reliability

if TYPE_CHECKING:
    import pandas as pd

LIMITS = np.linspace(0, 1, 201)


@style.styled
def draw(table: pd.DataFrame, limit: float) -> Figure:
    """Share of labels within 2.5 px against the probability; shares below any limit.

    Args:
        table: one row per label that was held out from training; columns ``error_px`` and
            ``probability``, which the labels of other images gave.
        limit: ``poses.doubtful``.
    """
    if not len(table):
        return placeholder.draw("Reliability", "no label was kept from the network (split.test)")
    fig = style.figure(style.DOUBLE, 72)
    left, right = fig.subplots(1, 2)
    sure, error = (table[k].to_numpy(float) for k in ("probability", "error_px"))
    _reliability(left, sure, error <= CLOSE_PX, style.count(table["sample"].nunique(), "image"))
    _below(right, sure, error, limit)
    for ax, text in ((left, "i"), (right, "ii")):
        ax.set(xlim=(0, 1), ylim=(0, 103))
        style.letter(ax, text)
    return fig


def _reliability(ax: Axes, sure: np.ndarray, close: np.ndarray, images: str) -> None:
    """A dot per tenth of the probabilities, with its 95 % interval, over how many there are."""
    counts = reliability(sure, close)
    points, sums, within = counts.T
    middle = (np.arange(len(points)) + 0.5) / len(points)
    shares, width = 100 * points / points.sum(), 0.96 / len(points)
    ax.bar(middle, shares, width, color=style.LIGHT, label="labels", zorder=0)
    ax.plot([0, 1], [0, 100], color=style.GREY, lw=0.7, ls="--", zorder=1)
    some = points > 0
    at, share = sums[some] / points[some], 100 * within[some] / points[some]
    low, high = _wilson(within[some], points[some])
    ax.vlines(at, 100 * low, 100 * high, color=style.BLUE, lw=1.0, zorder=2)
    ax.plot(at, share, "o", ms=4, color=style.BLUE, zorder=3,
            label=f"of these within {CLOSE_PX:g} px (95 %)", gid="shares")  # fmt: skip
    off = f"{images}, {len(sure)} labels\ncalibration error {calibration_error(counts):.3f}"
    ax.text(0.03, 0.97, off, transform=ax.transAxes, va="top", fontsize=style.SMALL)
    ax.set(xlabel="confidence (probability)", ylabel="labels (%)")
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2)


def _wilson(hits: np.ndarray, of: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's 95 % interval of shares (10.1080/01621459.1927.10502953); SciPy's takes 60 MB."""
    z = 1.959964
    middle = (hits + z**2 / 2) / (of + z**2)
    half = z / (of + z**2) * np.sqrt(hits * (of - hits) / of + z**2 / 4)
    return middle - half, middle + half


def _below(ax: Axes, sure: np.ndarray, error: np.ndarray, limit: float) -> None:
    """Of near and far points, the share below every limit."""
    kinds = (
        (error > FAR_PX, f"off by more than {FAR_PX:g} px", style.VERMILLION),
        (error <= CLOSE_PX, f"within {CLOSE_PX:g} px", style.BLUE),
    )
    for rows, name, color in kinds:
        if not rows.any():
            continue
        share = np.searchsorted(np.sort(sure[rows]), LIMITS, side="left") / rows.sum()
        at = np.mean(sure[rows] < limit)
        ax.plot(LIMITS, 100 * share, color=color, label=f"{name} ({rows.sum()} labels)")
        ax.plot(limit, 100 * at, "o", ms=3.5, color=color, gid=name)
        ax.annotate(f"{100 * at:.1f} %", (limit, 100 * at), (-4, 4), textcoords="offset points",
                    ha="right", fontsize=style.SMALL, color=color)  # fmt: skip
    ax.axvline(limit, color=style.GREY, lw=0.7, ls="--", zorder=0)
    ax.set(xlabel="limit of confidence", ylabel="labels below it (%)")
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2)
