"""Accuracy as a function of the number of labeled images (paper: Figure 2d)."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from leap_core.containers import Trial
from leap_core.figures import style
from leap_core.numerics import CLOSE_PX

LEAST_LIMIT_PX = 10.0  # errors beyond the axis are counted, not drawn


@style.styled
def draw(trials: Sequence[Trial]) -> Figure:
    """Distribution of the errors for every number of images, and the share within 2.5 px.

    Errors of all replicates are pooled; the share is given as mean and SEM of the replicates.
    """
    counts = sorted({trial.images for trial in trials})
    fig = style.figure(116, 64)
    left, right = fig.subplots(1, 2, width_ratios=[1.6, 1])
    colours = matplotlib.colormaps["viridis"](np.linspace(0.9, 0.1, len(counts)))
    best = trials[-1].errors[-1]
    limit = max(LEAST_LIMIT_PX, float(np.ceil(np.nanquantile(best, 0.9))))
    edges = np.linspace(0, limit, 51)
    shares = []
    for count, colour in zip(counts, colours, strict=True):
        same = [trial.errors[-1] for trial in trials if trial.images == count]
        errors = np.concatenate([e[np.isfinite(e)] for e in same])
        density = np.histogram(errors, edges)[0] / len(errors) / np.diff(edges)
        left.stairs(density, edges, color=colour, lw=1.1, label=f"{count}")
        shares.append([100 * np.mean(e[np.isfinite(e)] < CLOSE_PX) for e in same])
    left.axvline(CLOSE_PX, color=style.GREY, lw=0.7, ls="--", zorder=0)
    left.set(xlim=(0, limit), xlabel="error (px)", ylabel="labels (share per px)")
    left.set_ylim(bottom=0)
    left.legend(title="labeled images", loc="upper right").get_title().set_fontsize(style.TEXT)
    mean = np.array([np.mean(s) for s in shares])
    sem = np.array([np.std(s, ddof=1) / np.sqrt(len(s)) if len(s) > 1 else 0 for s in shares])
    right.errorbar(counts, mean, sem, color=style.BLACK, lw=1, capsize=2, zorder=1)
    right.scatter(counts, mean, c=colours, s=22, zorder=2, edgecolors=style.BLACK, linewidths=0.4)
    for count, value in zip(counts, mean, strict=True):
        right.annotate(
            f"{value:.0f}", (count, value), xytext=(0, 5), textcoords="offset points",
            ha="center", fontsize=style.SMALL,
        )  # fmt: skip
    right.set_xscale("log")
    right.set_xticks(counts, [str(c) for c in counts])
    right.minorticks_off()
    right.margins(x=0.12)
    right.set(ylim=(0, 104), xlabel="labeled images", ylabel=f"labels within {CLOSE_PX:g} px (%)")
    replicates = len(trials) // max(1, len(counts))
    samples = int(np.isfinite(trials[0].errors[-1]).any(axis=1).sum())
    left.set_title(f"{replicates} fast trainings each; test images: {samples}")
    style.letter(left, "i")
    style.letter(right, "ii")
    return fig
