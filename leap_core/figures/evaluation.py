"""Error of each part on the test set, and whether confidence foretells it (paper: Figure 6a3)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from leap_core.figures import skipped, style


@style.styled
def draw(table: pd.DataFrame) -> Figure:
    """Box plot of the error of every part; error against confidence.

    Args:
        table: one row per test label; columns ``sample``, ``part``, ``error_px`` (NaN = not
            labeled), ``confidence``.  Parts stand in order of first appearance.
    """
    parts = list(dict.fromkeys(table["part"]))
    if not parts:
        return skipped.draw("Evaluation", "the test set holds no labels")
    fig = style.figure(style.DOUBLE, max(62, 18 + 3.1 * len(parts)))
    left, right = fig.subplots(1, 2, width_ratios=[1.3, 1])
    good = table[np.isfinite(table["error_px"])]
    by_part = {p: good.loc[good["part"] == p, "error_px"].to_numpy(float) for p in parts}
    error = good["error_px"].to_numpy(float)
    limit = 5.0  # px; labels beyond are counted, not drawn
    if len(error):
        limit = float(np.clip(np.quantile(error, 0.97), limit, max(30, 3 * np.median(error))))
    for row, values in enumerate(by_part.values()):
        if not len(values):
            left.text(0.1, row, "no labels", va="center", color=style.GREY, fontsize=style.SMALL)
            continue
        left.boxplot(
            values, positions=[row], orientation="horizontal", widths=0.6, manage_ticks=False,
            patch_artist=True, whis=(5, 95),
            boxprops={"facecolor": style.SKY, "linewidth": 0.5},
            medianprops={"color": style.BLACK, "linewidth": 1.2},
            whiskerprops={"linewidth": 0.6}, capprops={"linewidth": 0.6},
            flierprops={"marker": ".", "markersize": 1.8, "markeredgecolor": style.GREY},
        )  # fmt: skip
        beyond = int(np.sum(values > limit))
        if beyond:
            left.text(1.01, row, f"+{beyond}", transform=left.get_yaxis_transform(),
                      va="center", fontsize=style.TINY, color=style.FLAG)  # fmt: skip
    left.set_yticks(range(len(parts)), parts, fontsize=style.SMALL)
    left.set(ylim=(len(parts) - 0.4, -0.6), xlim=(0, limit), xlabel="error (px)")
    left.tick_params(axis="y", length=0)
    left.set_title(f"{good['sample'].nunique()} test images, {len(good)} labels")
    style.letter(left, "i")
    _against_confidence(right, good)
    style.letter(right, "ii")
    return fig


def _against_confidence(ax, good: pd.DataFrame) -> None:
    """Every label as a dot, with the median error in tenths of the labels by confidence."""
    both = good[np.isfinite(good["confidence"])]
    if not len(both):
        style.message(ax, "no confidence in the table")
        return
    confidence = both["confidence"].to_numpy(float)
    error = np.maximum(both["error_px"].to_numpy(float), 1e-2)
    ax.plot(confidence, error, ".", ms=3, alpha=0.5, mew=0, color=style.BLUE, rasterized=True)
    if len(both) >= 50:
        cuts = np.array_split(np.argsort(confidence, kind="stable"), 10)
        middle = [(np.median(confidence[c]), np.median(error[c])) for c in cuts]
        line = {"color": style.BLACK, "marker": "o", "ms": 3, "lw": 1.2}
        ax.plot(*np.transpose(middle), label="median of each tenth", **line)
        ax.legend(loc="lower left")
    ax.set_yscale("log")
    ax.set(xlabel="confidence (peak of the map)", ylabel="error (px)")
    ax.set_xlim(left=min(0, confidence.min()))
    low, high = ax.get_ylim()
    ticks = [t for t in (0.01, 0.1, 1, 10, 100) if low <= t <= high]
    ax.set_yticks(ticks, [f"{t:g}" for t in ticks])
