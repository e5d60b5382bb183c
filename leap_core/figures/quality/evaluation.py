"""Error of each part on the test set (compare the paper's Figure 6a3)."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from leap_core.figures import placeholder, style
from leap_core.numerics import CLOSE_PX

if TYPE_CHECKING:
    import pandas as pd

NOTE_CHARACTERS = 140  # of a line of small print


@style.styled
def draw(table: pd.DataFrame, note: str = "", parts: Sequence[str] | None = None) -> Figure:
    """Box plot of the error of every part, and its share of labels within 2.5 px.

    Args:
        table: one row per test label; columns ``sample``, ``part``, ``error_px`` (NaN = not
            labeled).
        note: how training and test images were divided, for the small print.
        parts: from top to bottom, also those of which no test image has a label; None: those of
            the table as they first appear.
    """
    found = dict.fromkeys(table["part"])
    parts = list(found if parts is None else parts)
    if not found:
        return placeholder.draw("Evaluation", "the test set holds no labels")
    fig = style.figure(style.DOUBLE, max(62, 18 + 3.1 * len(parts)))
    left, right = fig.subplots(1, 2, width_ratios=[2.2, 1], sharey=True)
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
        share = 100 * np.mean(values < CLOSE_PX)
        right.plot([0, share], [row, row], color=style.LIGHT, lw=0.8, zorder=1)
        right.plot(share, row, "o", ms=3, color=style.BLUE, gid=parts[row])
    left.set_yticks(range(len(parts)), parts, fontsize=style.SMALL)
    left.set(ylim=(len(parts) - 0.4, -0.6), xlim=(0, limit), xlabel="error (px)")
    images = style.count(good["sample"].nunique(), "test image")
    left.set_title(f"{images}, {len(good)} labels")
    right.set(xlim=(0, 103), xlabel=f"labels within {CLOSE_PX:g} px (%)")
    for ax, text in ((left, "i"), (right, "ii")):
        ax.tick_params(axis="y", length=0)
        style.letter(ax, text)
    if note:
        fig.supxlabel(textwrap.fill(note, NOTE_CHARACTERS), fontsize=style.SMALL, color=style.GREY)
    return fig
