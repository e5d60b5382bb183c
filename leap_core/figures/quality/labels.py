"""Contact sheet of labeled images (paper: Supplementary Figure 3 shows one)."""

from __future__ import annotations

import textwrap

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from leap_core.containers import SPLITS, Labels
from leap_core.figures import placeholder, style

MOST_IMAGES, COLUMNS = 24, 6
NOTE_CHARACTERS = 140  # of a line of small print over two columns


@style.styled
def draw(labels: Labels) -> Figure:
    """Up to 24 images with their labels, framed in the colour of their split."""
    chosen = choose(labels.split, MOST_IMAGES)
    if not len(chosen):
        return placeholder.draw("Labels", "no labeled images")
    columns = min(COLUMNS, len(chosen))
    rows = -(-len(chosen) // columns)
    height, width = labels.images.shape[1:3]
    tile = style.DOUBLE / COLUMNS
    across = max(style.SINGLE, tile * columns)
    note = textwrap.wrap(labels.note, int(NOTE_CHARACTERS * across / style.DOUBLE))
    fig = style.figure(across, rows * (tile * height / width + 3) + 10 + 3 * len(note))
    panels = fig.subplots(rows, columns, squeeze=False)
    names = {number: name for name, number in SPLITS.items()}
    for ax in panels.flat:
        style.image_axes(ax)
    for ax, k in zip(panels.flat, chosen, strict=False):
        ax.imshow(labels.images[k, ..., 0], cmap="gray", vmin=0, vmax=255)
        style.draw_skeleton(ax, labels.positions[k], labels.skeleton)
        ax.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
        ax.spines[:].set(visible=True, linewidth=2, color=_colour(names, labels.split[k]))
        known = int(np.isfinite(labels.positions[k]).all(axis=1).sum())
        text = f"{k}: {known}/{len(labels.skeleton)} parts"
        ax.set_title(text, fontsize=style.SMALL, pad=2.5, loc="center")
    handles = [
        Patch(color=_colour(names, number), label=f"{name} ({np.sum(labels.split == number)})")
        for name, number in SPLITS.items()
        if (labels.split == number).any()
    ]
    fig.legend(
        handles=handles,
        loc="outside lower center",
        ncols=4,
        title="\n".join(note) or None,
        title_fontsize=style.SMALL,
    )
    return fig


def choose(split: np.ndarray, most: int) -> np.ndarray:
    """Up to ``most`` samples, evenly over each split in proportion, at least one of each.

    >>> choose(np.array([0, 0, 0, 0, 0, 0, 2]), 3)
    array([0, 5, 6])
    """
    order = np.argsort(np.where(split < 0, 9, split), kind="stable")
    if len(order) <= most:
        return order
    kinds, counts = np.unique(split[order], return_counts=True)
    share = np.maximum(1, counts * most // len(order))
    share[np.argmax(counts)] += most - share.sum()
    picked = []
    for kind, n in zip(kinds, share, strict=True):
        rows = np.flatnonzero(split == kind)
        picked.append(rows[np.linspace(0, len(rows) - 1, n).round().astype(int)])
    chosen = np.concatenate(picked)
    return chosen[np.argsort(np.where(split[chosen] < 0, 9, split[chosen]), kind="stable")]


def _colour(names: dict[int, str], number: int) -> str:
    return style.SPLIT_COLOURS[names[int(number)]]
