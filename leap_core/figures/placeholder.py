"""Placeholder for a figure that cannot be drawn: it says why, instead of being absent."""

from __future__ import annotations

import textwrap
from typing import Any

from matplotlib.figure import Figure

from leap_core.figures import style


@style.styled
def draw(title: str, reason: str) -> Figure:
    """A plain panel with the figure's ``title`` and the ``reason`` why there is nothing to see.

    The reason is the figure's label too: whoever puts it on a page can tell it from a result.
    """
    fig = style.figure(style.SINGLE, 40)
    fig.set_label(reason or "no reason given")
    ax = fig.add_subplot()
    style.image_axes(ax)
    ax.set_facecolor("#F4F4F4")
    lines = textwrap.wrap(reason, 52) or ["no reason given"]
    place: dict[str, Any] = {"transform": ax.transAxes, "ha": "center"}
    ax.text(
        0.5, 0.78, title, fontsize=8, fontweight="bold", color=style.BLACK, va="center", **place
    )
    ax.text(0.5, 0.62, "not drawn", fontsize=style.SMALL, color=style.FLAG, va="center", **place)
    ax.text(0.5, 0.48, "\n".join(lines[:6]), color=style.BLACK, va="top", linespacing=1.4, **place)
    return fig
