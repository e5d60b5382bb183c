"""What rotational invariance costs (paper: Supplementary Figure 1)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from leap_core.containers import Labels, Trial
from leap_core.figures import style, tables
from leap_core.pose import experiments, rotation


@style.styled
def draw(trials: Sequence[Trial], labels: Labels, ranges: Sequence[int]) -> Figure:
    """A labeled image at some of the angles; RMSE against range (columns) and angle (rows).

    A box marks the best range for each angle.  Errors of replicates are pooled.
    """
    table = experiments.rotation_rmse(trials, ranges)
    angles = [float(a) for a in trials[0].check]
    fig = style.figure(style.DOUBLE, 78)
    columns = style.sheets(fig, 1, 2, width_ratios=[1, 2])
    _examples(columns[0], labels, angles)
    ax = columns[1].add_subplot()
    finite = table[np.isfinite(table)]
    image = ax.imshow(table, cmap="viridis_r", vmin=finite.min(), vmax=np.quantile(finite, 0.9))
    for row, column in np.ndindex(*table.shape):
        value = table[row, column]
        dark = value > finite.min() + 0.5 * (np.quantile(finite, 0.9) - finite.min())
        ax.text(
            column, row, f"{value:.1f}", ha="center", va="center", fontsize=style.TINY,
            color="white" if dark else style.BLACK,
        )  # fmt: skip
    for row, best in enumerate(np.nanargmin(table, axis=1)):
        box = Rectangle((best - 0.5, row - 0.5), 1, 1, fill=False, ec=style.VERMILLION, lw=1.4)
        ax.add_patch(box)
    ax.set_xticks(range(len(ranges)), [f"±{r:g}°" if r else "0°" for r in ranges])
    ax.set_yticks(range(len(angles)), [f"{a:g}°" for a in angles])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set(xlabel="rotations in training", ylabel="test images turned by")
    bar = columns[1].colorbar(image, ax=ax, shrink=0.8)
    bar.set_label("RMSE (px)")
    bar.outline.set_visible(False)
    replicates = len(trials) // len(ranges)
    samples = int(np.isfinite(trials[0].errors[0]).any(axis=1).sum())
    ax.set_title(f"{replicates} trainings each; test images: {samples}")
    style.letter(ax, "b", -24)
    return fig


def _examples(fig, labels: Labels, angles: Sequence[float]) -> None:
    """One labeled image at up to four of the angles."""
    row = tables.reference_sample(labels)
    chosen = [angles[k] for k in np.unique(np.linspace(0, len(angles) - 1, 4).round().astype(int))]
    axes = fig.subplots(2, 2).ravel()
    for ax, angle in zip(axes, chosen, strict=False):
        images, positions = rotation.turn(
            labels.images[[row]], labels.positions[[row]].astype(float), angle
        )
        ax.imshow(images[0, ..., 0], cmap="gray")
        colours = style.part_colours(labels.skeleton)
        ax.scatter(*positions[0].T, c=colours, s=2.5, linewidths=0)
        ax.set_title(f"{angle:g}°", fontsize=style.TEXT)
        style.image_axes(ax)
    for ax in axes[len(chosen) :]:
        ax.set_axis_off()
    style.letter(axes[0], "a")
