"""Errors of each part after training on few and on many labels (paper: Supp. Figure 4a, b)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leap_core.figures import placeholder, style
from leap_core.numerics import CLOSE_PX
from leap_core.skeleton import Skeleton

LARGEST_PX = 15.0  # px; larger errors share the last bin
BIN = 0.5


@style.styled
def draw(tables: Mapping[str, np.ndarray], skeleton: Skeleton) -> Figure:
    """One column per training set: for every part the shares of its labels by error, and median.

    Args:
        tables: name of the training set -> errors (sample, joint) on the same test images, px;
            NaN = not labeled.
    """
    if not any(np.isfinite(errors).any() for errors in tables.values()):
        return placeholder.draw("Few and many labels", "no labeled part in the test set")
    fig = style.figure(style.DOUBLE, 26 + 3.1 * len(skeleton))
    panels = fig.subplots(1, len(tables), sharey=True, squeeze=False)[0]
    shares = {name: by_part(errors) for name, errors in tables.items()}
    top = max(np.nanmax(share, initial=0) for share in shares.values())
    for k, (ax, name) in enumerate(zip(panels, tables, strict=True)):
        shown = _column(ax, np.asarray(tables[name], float), shares[name], top)
        ax.set_title(name)
        style.letter(ax, "abcdefgh"[k])
    panels[0].set_yticks(range(len(skeleton)), skeleton.parts, fontsize=style.SMALL)
    panels[0].set_ylim(len(skeleton) - 0.5, -0.5)
    fig.colorbar(shown, ax=panels, location="bottom", shrink=0.4, aspect=40, pad=0.01,
                 label=f"share of the part's labels in {BIN:g} px (%)")  # fmt: skip
    return fig


def by_part(errors: np.ndarray) -> np.ndarray:
    """Percent of every part's labels by error, (joint, bin); the last bin takes all beyond.

    NaN in a row without labels.
    """
    errors = np.asarray(errors, float)
    edges = np.arange(0, LARGEST_PX + BIN, BIN)
    inside = np.minimum(errors, LARGEST_PX - BIN / 2)
    counts = [np.histogram(row[np.isfinite(row)], edges)[0] for row in inside.T]
    labels = np.isfinite(errors).sum(axis=0)[:, None]
    return 100 * np.array(counts) / np.where(labels, labels, np.nan)


def _column(ax: Axes, errors: np.ndarray, share: np.ndarray, top: float):
    edges = np.arange(0, LARGEST_PX + BIN, BIN)
    rows = np.arange(errors.shape[1] + 1) - 0.5
    shown = ax.pcolormesh(edges, rows, share, cmap=style.DENSITY, vmin=0, vmax=top, rasterized=True)
    for row, values in enumerate(errors.T):
        known = values[np.isfinite(values)]
        if not len(known):
            ax.text(0.2, row, "no labels", va="center", color=style.GREY, fontsize=style.TINY)
            continue
        middle = min(float(np.median(known)), LARGEST_PX)
        ax.plot([middle] * 2, [row - 0.4, row + 0.4], color=style.SKY, lw=1.4, gid="median")
        ax.text(1.01, row, f"{np.mean(known < CLOSE_PX):.0%}", fontsize=style.TINY, va="center",
                transform=ax.get_yaxis_transform())  # fmt: skip
    ax.text(1.01, -0.6, f"<{CLOSE_PX:g} px", fontsize=style.TINY, va="bottom", color=style.GREY,
            transform=ax.get_yaxis_transform())  # fmt: skip
    ax.axvline(CLOSE_PX, color=style.GREY, lw=0.7, ls="--")
    ticks = np.arange(0, LARGEST_PX + 1, 5)
    names = [f"{t:g}" for t in ticks]
    ax.set_xticks(ticks, [*names[:-1], f"≥{names[-1]}"])
    ax.set(xlim=(0, LARGEST_PX), xlabel="error (px)")
    ax.tick_params(axis="y", length=0)
    return shown
