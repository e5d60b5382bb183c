"""Accuracy as a function of training time (paper: Figure 2c)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from leap_core import config
from leap_core.containers import Trial
from leap_core.figures import style
from leap_core.pose import experiments


@style.styled
def draw(trials: Sequence[Trial], settings: config.Experiments) -> Figure:
    """Mean error after every epoch, over all test images of all replicates, with its SEM.

    The axes in minutes are for the least and the most seconds that an epoch takes
    (``experiments.epoch_s``).
    """
    fig = style.figure(66, 64)
    ax = fig.add_subplot()
    epochs = trials[0].check
    # replicate, check, sample: the mean over the parts of each image
    images = np.stack([experiments.image_means(trial.errors) for trial in trials])
    per_epoch = [experiments.mean_and_sem(images[:, k]) for k in range(len(epochs))]
    mean, sem = np.nan_to_num(np.transpose(per_epoch))
    for k, replicate in enumerate(np.nanmean(images, axis=2)):
        label = "each training" if k == 0 and len(trials) > 1 else None
        ax.plot(epochs, replicate, color=style.LIGHT, lw=0.6, zorder=1, label=label)
    ax.fill_between(epochs, mean - sem, mean + sem, color=style.SKY, alpha=0.5, lw=0, label="SEM")
    ax.plot(epochs, mean, color=style.BLUE, lw=1.4, label="mean")
    fast = settings.fast_epochs
    if fast < epochs[-1]:
        value = float(mean[np.searchsorted(epochs, fast)])
        ax.axvline(fast, color=style.GREY, lw=0.7, ls="--", zorder=0)
        ax.annotate(
            f"fast training\n{value:.2f} px", (fast, 0.04), xycoords=("data", "axes fraction"),
            xytext=(3, 0), textcoords="offset points", fontsize=style.SMALL, color=style.GREY,
        )  # fmt: skip
    ax.annotate(
        f"{mean[-1]:.2f} px", (epochs[-1], mean[-1]), xytext=(0, 6), textcoords="offset points",
        ha="right", fontsize=style.SMALL, color=style.BLUE,
    )  # fmt: skip
    top = float(np.nanquantile(mean, 0.98))
    low = float(np.nanmin(mean))
    # the first epochs are far off; most of the picture belongs to the rest
    ax.set_ylim(0, max(1.15 * top if len(epochs) < 10 else 4 * low, 1.2 * low))
    ax.set_xlim(0, epochs[-1])
    ax.set(xlabel="epoch", ylabel="error of test images (px)")
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    for k, seconds in enumerate(dict.fromkeys(settings.epoch_s)):
        _minutes(ax, float(seconds), k)
    handles, names = ax.get_legend_handles_labels()
    fig.legend(handles, names, loc="outside lower center", ncols=3)
    samples = int(np.isfinite(trials[0].errors[-1]).any(axis=1).sum())
    fig.suptitle(
        f"{len(trials)} trainings on {trials[0].images} images; test images: {samples}",
        x=0.02, ha="left", fontsize=style.TEXT,
    )  # fmt: skip
    return fig


def _minutes(ax, seconds: float, row: int) -> None:
    """An axis in minutes above the plot, for epochs of so many seconds."""
    scale = seconds / 60
    top = ax.secondary_xaxis(1 + 0.2 * row, functions=(lambda e: e * scale, lambda m: m / scale))
    top.set_xlabel(f"minutes, {seconds:g} s an epoch", fontsize=style.SMALL, labelpad=1.5)
    top.tick_params(labelsize=style.SMALL, pad=1)
