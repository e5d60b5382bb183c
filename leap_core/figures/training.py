"""Loss and learning rate of one training run (paper: Figure 2c shows the error instead)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from leap_core.figures import style


@style.styled
def draw(history: pd.DataFrame) -> Figure:
    """Training and validation loss by epoch, the kept epoch marked; learning rate below.

    Args:
        history: columns ``epoch``, ``loss``, ``validation_loss``, ``learning_rate``.
    """
    fig = style.figure(style.SINGLE, 70)
    top, low = fig.subplots(2, 1, height_ratios=[3, 1], sharex=True)
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
    top.set_ylabel("loss (mean squared error)")
    top.legend(loc="upper right")
    low.step(epoch, history["learning_rate"].to_numpy(float), where="mid", color=style.BLACK)
    low.set(xlabel="epoch", ylabel="learning\nrate")
    low.xaxis.set_major_locator(MaxNLocator(integer=True))
    fig.align_ylabels()
    return fig
