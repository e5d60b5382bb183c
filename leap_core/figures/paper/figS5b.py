"""Accuracy of architectures (paper: Supplementary Figure 5b)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from leap_core.containers import Trial
from leap_core.figures import style
from leap_core.numerics import CLOSE_PX

LEAST_LIMIT_PX = 10.0  # errors beyond the axis are not drawn


@style.styled
def draw(trials: Sequence[Trial]) -> Figure:
    """Cumulative errors of every architecture, and its replicates' shares within 2.5 px."""
    names = list(dict.fromkeys(trial.setting for trial in trials))
    fig = style.figure(style.DOUBLE, 58)
    left, right = fig.subplots(1, 2, width_ratios=[1, 1.2])
    medians = []
    for row, name in enumerate(names):
        same = [trial for trial in trials if trial.setting == name]
        colour = style.CYCLE[row % len(style.CYCLE)]
        pooled = np.sort(np.concatenate([e[np.isfinite(e)] for e in (t.errors[-1] for t in same)]))
        medians.append(float(np.median(pooled)))
        share = 100 * np.arange(1, len(pooled) + 1) / len(pooled)
        left.plot(pooled, share, color=colour, label=name, drawstyle="steps-post")
        each = [100 * np.mean(e[np.isfinite(e)] < CLOSE_PX) for e in (t.errors[-1] for t in same)]
        spread = np.std(each, ddof=1) / np.sqrt(len(each)) if len(each) > 1 else 0
        right.plot(each, [row] * len(each), "o", ms=3, color=colour, alpha=0.5, mew=0)
        right.errorbar(np.mean(each), row, xerr=spread, fmt="|", color=colour, capsize=2.5, ms=9)
        text = f"median {medians[-1]:.2f} px\n{same[0].weights / 1e6:.2f} M weights"
        right.text(
            1.02, row, text, transform=right.get_yaxis_transform(), va="center",
            fontsize=style.SMALL,
        )  # fmt: skip
    left.axvline(CLOSE_PX, color=style.GREY, lw=0.7, ls="--", zorder=0)
    limit = max(LEAST_LIMIT_PX, 2 * min(medians))
    left.set(xlim=(0, limit), ylim=(0, 101), xlabel="error (px)", ylabel="labels within (%)")
    left.legend(loc="lower right")
    right.set_yticks(range(len(names)), names)
    low, high = right.get_xlim()
    right.set_xlim(max(0, min(low, 95)), min(100.5, max(high, 5)))
    right.set(ylim=(len(names) - 0.5, -0.5), xlabel=f"labels within {CLOSE_PX:g} px (%)")
    right.tick_params(axis="y", length=0)
    samples = int(np.isfinite(trials[0].errors[-1]).any(axis=1).sum())
    replicates = len(trials) // len(names)
    left.set_title(f"{replicates} trainings each; test images: {samples}")
    style.letter(left, "i")
    style.letter(right, "ii")
    return fig
