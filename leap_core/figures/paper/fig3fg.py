"""Example bouts of two gait modes (paper: Figure 3f, g)."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from leap_core.containers import Gait
from leap_core.figures import style
from leap_core.figures.paper.fig3a import diagram
from leap_core.timeseries import runs


@style.styled
def draw(bouts: dict[str, tuple[Gait, int, int] | None], note: str = "") -> Figure:
    """Forward speed and the stance diagram of one bout of each mode; grey: the mode is uncertain.

    Args:
        bouts: mode -> gait file, first row and row after the last; None where there is none.
        note: small print below the figure.
    """
    fig = style.figure(style.DOUBLE, 56)
    panels = fig.subplots(
        2, len(bouts), height_ratios=[1, 1.8], sharex="col", sharey="row", squeeze=False
    )
    fastest = 0.0
    for column, (name, bout) in enumerate(bouts.items()):
        top, bottom = panels[:, column]
        style.letter(top, "fghijk"[column], dx_pt=-14)
        if bout is None:
            top.remove()
            style.message(bottom, f"no bout of {name} gait is long enough")
            continue
        gait, start, stop = bout
        time = 1000 * np.arange(stop - start) / gait.fps
        speed = gait.forward_velocity[start:stop]
        fastest = max(fastest, float(np.nanmax(speed)))
        top.plot(time, speed, color=style.gait_colours([name])[0])
        top.set_title(f"{name}: {gait.recording}, frame {gait.frame[start]:,}", loc="left")
        diagram(bottom, gait, start, stop)
        doubt(panels[:, column], gait, start, stop)
        width = 500 / gait.fps
        bottom.set(xlabel="time (ms)", xlim=(-width, time[-1] + width))
        if column:
            bottom.set_ylabel("")
        else:
            top.set_ylabel(f"speed\n({gait.velocity_units})")
    for ax in fig.axes:
        if ax in panels[0]:
            ax.set_ylim(0, 1.15 * fastest)
    fig.align_ylabels()
    if note:
        fig.supxlabel(note, fontsize=style.SMALL, color=style.GREY)
    return fig


def doubt(axes: np.ndarray, gait: Gait, start: int, stop: int) -> None:
    """Shade the frames whose gait mode is uncertain, in panels with time in ms."""
    for first, last in runs(gait.uncertain[start:stop]):
        low, high = (1000 * (edge - 0.5) / gait.fps for edge in (first, last))
        for ax in axes:
            ax.axvspan(low, high, color=style.GREY, alpha=0.3, lw=0, zorder=0)
