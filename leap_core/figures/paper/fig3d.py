"""Legs in stance in each gait mode (paper: Figure 3d)."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from leap_core.containers import GaitModel
from leap_core.figures import placeholder, style


@style.styled
def draw(model: GaitModel, note: str = "") -> Figure:
    """Emission probability of 0, 1, ... legs in stance, one panel per hidden state.

    A model without states gives the placeholder with the model's own note; ``note`` is small
    print above the figure, such as what is missing.
    """
    states, symbols = model.emission.shape
    if not states or not np.isfinite(model.emission).any():
        return placeholder.draw("Gait modes", model.note or "the gait model has no states")
    columns = min(states, 3)
    rows = -(-states // columns)
    fig = style.figure(style.SINGLE, 10 + 38 * rows)
    panels = fig.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    names = [*model.states, *(f"state {k + 1}" for k in range(len(model.states), states))]
    for k, ax in enumerate(panels.flat):
        if k >= states:
            ax.remove()
            continue
        colour = style.gait_colours(names)[k]
        ax.bar(np.arange(symbols), model.emission[k], color=colour, width=0.8)
        ax.set_title(names[k], color=style.BLACK, fontsize=8)
        ax.set(xticks=range(symbols), ylim=(0, 1))
    for ax in fig.axes:
        ax.label_outer()
    fig.supxlabel("legs in stance", fontsize=style.TEXT)
    if note:
        fig.suptitle(note, fontsize=style.SMALL, color=style.GREY, x=0.99, ha="right")
    fig.supylabel("emission probability", fontsize=style.TEXT)
    return fig
