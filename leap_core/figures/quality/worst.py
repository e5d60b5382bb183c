"""Test images with the largest errors: what goes wrong, in networks or labels (no paper figure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from leap_core.containers import Labels
from leap_core.figures import placeholder, style
from leap_core.figures.paper import fig2a
from leap_core.numerics import CLOSE_PX

if TYPE_CHECKING:
    import pandas as pd


MOST_IMAGES, COLUMNS = 12, 4
NAMED = 3  # parts of an image that are named at most
NAMES_MM = 9  # room for them


@style.styled
def draw(labels: Labels, table: pd.DataFrame) -> Figure:
    """Up to 12 images in order of their largest error; labels joined with their predictions.

    Args:
        labels: the file that was evaluated.
        table: one row per test label; columns ``sample``, ``part``, ``error_px``, ``x``, ``y``
            (predicted, px), ``label_x``, ``label_y``.
    """
    chosen = choose(table, MOST_IMAGES)
    if not len(chosen):
        return placeholder.draw("Largest errors", "no labeled part in the test set")
    columns = min(COLUMNS, len(chosen))
    rows = -(-len(chosen) // columns)
    height, width = labels.images.shape[1:3]
    tile = style.DOUBLE / COLUMNS
    size = max(style.SINGLE, tile * columns), rows * (tile * height / width + 4 + NAMES_MM) + 8
    fig = style.figure(*size)
    panels = fig.subplots(rows, columns, squeeze=False)
    for ax in panels.flat:
        style.image_axes(ax)
    for ax, sample in zip(panels.flat, chosen, strict=False):
        fig2a.dim(ax, labels.images[sample])
        _errors(ax, table[table["sample"] == sample].sort_values("error_px", ascending=False))
        ax.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
        name = f"{labels.source[sample]} {labels.frame[sample]}"
        ax.set_title(name if len(name) <= 34 else f"…{name[-33:]}", fontsize=style.SMALL, pad=2.5)
    marks = [("o", style.SKY, "label"), ("x", style.ORANGE, "prediction")]
    look: dict[str, Any] = {"ls": "", "mfc": "none", "ms": 4}
    handles = [Line2D([], [], marker=m, mec=c, label=text, **look) for m, c, text in marks]
    fig.legend(handles=handles, loc="outside lower center", ncols=2)
    return fig


def choose(table: pd.DataFrame, most: int) -> np.ndarray:
    """Samples by their largest error, largest first.

    >>> rows = {"sample": [4, 4, 7, 9], "error_px": [1.0, 8.0, 9.0, 2.0]}
    >>> import pandas as pd
    >>> choose(pd.DataFrame(rows), 2).tolist()
    [7, 4]
    """
    largest = table.dropna(subset="error_px").groupby("sample")["error_px"].max()
    return largest.sort_values(ascending=False, kind="stable").index.to_numpy()[:most]


def _errors(ax: Axes, rows: pd.DataFrame) -> None:
    """Labels, predictions, lines between those far apart; the worst parts named below."""
    points = rows[["label_x", "label_y", "x", "y"]].to_numpy(float)
    far = rows["error_px"].to_numpy(float) >= CLOSE_PX  # nearer ones are not joined by a line
    small: dict[str, Any] = {"ls": "", "mfc": "none"}
    ax.plot(*points[:, :2].T, "o", ms=2, mew=0.5, mec=style.SKY, gid="labels", **small)
    ax.plot(*points[far, 2:].T, "x", ms=3, mew=0.8, mec=style.ORANGE, gid="far", **small)
    for x, y, to_x, to_y in points[far]:
        ax.plot([x, to_x], [y, to_y], color=style.ORANGE, lw=0.7)
    named = rows.iloc[: max(1, min(NAMED, int(far.sum())))]
    text = "\n".join(f"{r.part} {r.error_px:.1f} px" for r in named.itertuples())
    more = int(far.sum()) - len(named)
    if more > 0:
        text += f"\n+{more} above {CLOSE_PX:g} px"
    # below the image, where no mark lies
    ax.text(0, -0.02, text, transform=ax.transAxes, fontsize=style.TINY, va="top",
            linespacing=1.2)  # fmt: skip
