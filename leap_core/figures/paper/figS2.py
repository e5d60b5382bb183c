"""What cluster sampling saw (paper: Supplementary Figure 2)."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from leap_core.containers import Sample
from leap_core.figures import style

COLUMNS = 4
MODES = 12  # eigenmodes shown
CLUSTERS = 24  # centroids shown


@style.styled
def draw(sample: Sample) -> Figure:
    """a: variance explained; b: first eigenmodes; c: cluster centroids minus the mean image.

    Red and blue are above and below zero, each picture on its own symmetric scale in b (a mode
    has no sign of its own), all on one scale in c.
    """
    height, width = sample.mean.shape
    modes = sample.components[:MODES]
    shown = np.argsort(-sample.sizes, kind="stable")[:CLUSTERS]
    centroids = np.tensordot(sample.centroids[np.sort(shown)], sample.components, axes=1)
    rows = max(-(-len(p) // COLUMNS) for p in (modes, centroids))
    tile = 130 / (2 * COLUMNS) * height / width + 3.5  # mm
    fig = style.figure(style.DOUBLE, max(50, tile * rows + 8))
    left, middle, right = style.sheets(fig, 1, 3, width_ratios=[0.85, 1.1, 1.1])
    _variance(left.subplots(), np.asarray(sample.explained, float))
    names = [f"{k + 1}" for k in range(len(modes))]
    spans = [float(np.abs(m).max()) for m in modes]
    _sheet(middle, "b", "Eigenmodes", modes, names, spans, rows)
    span = float(np.abs(centroids).max(initial=0))
    names = [f"{k}: n={sample.sizes[k]}" for k in np.sort(shown)]
    title = f"Cluster centroids ($\\pm${span:.0f} grey levels)"
    _sheet(right, "c", title, centroids, names, [span] * len(centroids), rows)
    return fig


def _variance(ax, explained: np.ndarray) -> None:
    number = np.arange(1, len(explained) + 1)
    total = np.cumsum(explained)
    ax.bar(number, 100 * explained, color=style.SKY, width=0.9)
    marker = {"marker": "o", "ms": 2.5} if len(number) < 12 else {}
    ax.plot(number, 100 * total, color=style.BLACK, **marker)
    ax.set(ylim=(0, 100), xlabel="eigenmode", ylabel="variance explained (%)")
    ax.set_xlim(0.4, max(len(number), 1) + 0.6)
    ax.xaxis.get_major_locator().set_params(integer=True)
    style.letter(ax, "a", -16)
    if len(total):
        ax.annotate(
            f"{total[-1]:.0%}", (number[-1], 100 * total[-1]), (0, 4), ha="right",
            textcoords="offset points",
        )  # fmt: skip
        ax.text(0.97, 0.30, "each mode", color=style.BLUE, transform=ax.transAxes, ha="right")
        ax.text(0.97, 0.38, "cumulative", transform=ax.transAxes, ha="right")


def _sheet(
    fig, name: str, title: str, pictures: np.ndarray, names: list, spans: list, rows: int
) -> None:
    """Contact sheet of pictures in diverging colours around zero."""
    panels = fig.subplots(rows, COLUMNS, squeeze=False)
    for ax in panels.flat:
        style.image_axes(ax)
    for ax, picture, label, span in zip(panels.flat, pictures, names, spans, strict=False):
        span = span or 1.0
        ax.imshow(picture, cmap=style.DIVERGING, vmin=-span, vmax=span)
        ax.set_title(label, fontsize=style.SMALL, loc="center", pad=1.5)
    heading = fig.suptitle(f"$\\bf{{{name}}}$  {title}", fontsize=8, x=0.02, ha="left")
    heading.set_in_layout(True)
