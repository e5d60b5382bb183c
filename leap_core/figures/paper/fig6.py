"""One kind of images after the other: the labeled animal, accuracy, error of each part (Figure 6).

The paper compares three data sets; here every row is one kind of images of one skeleton, such as
crops with and without their background.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leap_core.figures import style
from leap_core.figures.paper import fig2a, fig2b
from leap_core.skeleton import Skeleton


class Row(NamedTuple):
    """What one row of the figure shows.

    Attributes:
        name: of the kind of images; "" = none.
        image: (y, x) grey reference image.
        positions: (joint, xy) its labels, px; NaN = not labeled.
        errors: (sample, joint) distance to the label, px; NaN = not labeled.
        body_length_px: for the mark at 3 % of body length; None = no mark.
        interval: 95 % interval of the median over all parts, px; None = unknown.
    """

    name: str
    image: np.ndarray
    positions: np.ndarray
    errors: np.ndarray
    body_length_px: float | None = None
    interval: Sequence[float] | None = None


@style.styled
def draw(rows: Sequence[Row], skeleton: Skeleton) -> Figure:
    """Per row: 1 the labels with the skeleton, 2 accuracy as in Figure 2b, 3 rings as in 2a."""
    wide = [1.0, 1.15, 1.0]
    side = style.DOUBLE / sum(wide)
    sets = 1 + len(skeleton.part_sets)
    tall = [max(side * fig2a.aspect(row.image, row.positions), 4.2 * sets) + 14 for row in rows]
    fig = style.figure(style.DOUBLE, sum(tall) + 10)
    panels = fig.subplots(len(rows), 3, squeeze=False, width_ratios=wide, height_ratios=tall)
    unknown = False
    kinds = zip("abcdefgh", rows, tall, panels, strict=False)
    for letter, row, height, (animal, accuracy, rings) in kinds:
        _animal(animal, row, skeleton)
        errors = np.asarray(row.errors, float)
        every = errors[np.isfinite(errors)]
        if len(every):
            fig2b.boxes(accuracy, errors, skeleton, row.body_length_px, row.interval)
            # few bars do not grow without limit
            accuracy.set_ylim(bottom=max(sets, (height - 14) / 16) - 0.4)
            accuracy.set_title(fig2b.median_text(every, row.interval))
        else:
            style.message(accuracy, "no labeled part in the test set")
        unknown |= fig2a.rings(rings, row.image, row.positions, errors, skeleton)
        rings.set_title(style.count(int(np.isfinite(errors).any(axis=1).sum()), "test image"))
        for k, ax in enumerate((animal, accuracy, rings), 1):
            style.letter(ax, f"{letter}{k}", 0 if ax is not accuracy else -4)
            if ax is not accuracy:
                ax.set_anchor("N")
                ax.set_title(f"      {ax.get_title(loc='left')}", loc="left")
    fig2a.legend(fig, unknown)
    return fig


def _animal(ax: Axes, row: Row, skeleton: Skeleton) -> None:
    fig2a.frame(ax, row.image, row.positions)
    style.draw_skeleton(ax, row.positions, skeleton, size=2.4)
    known = int(np.isfinite(row.positions).all(axis=1).sum())
    ax.set_title(f"{row.name}, {known} parts" if row.name else f"{known} labeled parts")
