"""Leg tips and tracked images during a bout (paper: Figure 1d, walking; 1e, head grooming)."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.transforms import blended_transform_factory

from leap_core.containers import CropReader, Poses
from leap_core.figures import placeholder, style

COLUMNS = 3
ROW = 1.15  # of the largest distance: from one leg's trace to the next


def draw_example(
    panel: str,
    what: str,
    bout: Any,
    *,
    missing: str,
    crops: CropReader,
    poses: Poses,
    min_confidence: float,
) -> Figure:
    """A bout of one recording, or a placeholder where it has none.

    Args:
        panel: of the paper: ``Figure 1d``.
        what: the animal does: ``walking``.
        bout: as in :func:`draw`, or None.
        missing: why there may be none.
        crops, poses: of the recording; ``min_confidence`` as in :func:`draw`.
    """
    if bout is None:
        return placeholder.draw(f"{panel}: {what}", missing)
    images = np.stack([crops.images[row, ..., 0] for row in bout.shown])
    return draw(f"{poses.recording}: {what}", bout, images, poses, min_confidence)


@style.styled
def draw(title: str, bout: Any, images: np.ndarray, poses: Poses, min_confidence: float) -> Figure:
    """Left, one trace per leg on a common scale; right, the animal at the numbered times.

    Args:
        bout: a :class:`leap_core.excerpts.walking.Bout`: ``time``, ``distance``, ``units``,
            ``legs``, and the rows ``shown``.
        images: (picture, y, x) grey levels of the rows shown.
        poses: the recording; parts below ``min_confidence`` are hollow, without edges.
    """
    shown = bout.shown - bout.rows.start
    positions, confidence = poses.positions[bout.shown], poses.confidence[bout.shown]
    height, width = images.shape[1:3]
    rows = max(1, -(-len(shown) // COLUMNS))
    fig = style.figure(style.DOUBLE, max(52, rows * (26.5 * height / width + 5)))
    left, right = style.sheets(fig, 1, 2, width_ratios=[1.0, 1.0])
    distance = np.asarray(bout.distance, float)
    _traces(left.subplots(), title, bout.time, distance, bout.units, bout.legs, shown)
    panels = right.subplots(rows, COLUMNS, squeeze=False)
    for ax in panels.flat:
        style.image_axes(ax)
    for k, ax in zip(range(len(shown)), panels.flat, strict=False):
        ax.imshow(images[k], cmap="gray", vmin=0, vmax=255)
        sure = np.asarray(confidence[k]) >= min_confidence
        style.draw_skeleton(ax, positions[k], poses.skeleton, solid=sure, size=2.6)
        ax.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
        name = f"$\\bf{{{k + 1}}}$  {bout.time[shown[k]]:.2f} s"
        ax.set_title(name, fontsize=style.TEXT, pad=2.5, loc="center")
    return fig


def _traces(ax, title, time, distance, units, legs, shown) -> None:
    largest = float(np.nanmax(distance, initial=0)) or 1.0
    step = ROW * largest
    base = -step * np.arange(len(legs))
    for k, (leg, colour) in enumerate(style.leg_colours(legs).items()):
        ax.axhline(base[k], color=style.LIGHT, lw=0.5, zorder=0)
        ax.plot(time, base[k] + distance[:, k], color=colour, gid=f"tip {leg}")
    ax.set_yticks(base, legs)
    for label, leg in zip(ax.get_yticklabels(), legs, strict=True):
        colour = style.LEG_COLOURS.get(style.leg_code(leg), style.BLACK)
        label.set(color=colour, fontweight="bold")
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set(xlabel="time (s)", ylabel="distance of each leg tip from its mean place")
    ax.set_xlim(time[0], time[-1])
    ax.set_ylim(base[-1] - 0.1 * step, base[0] + 1.05 * step)
    above = blended_transform_factory(ax.transData, ax.transAxes)
    for k, row in enumerate(shown):
        ax.axvline(time[row], color=style.GREY, lw=0.6, ls=(0, (3, 2)), zorder=0)
        ax.text(
            time[row], 1.0, str(k + 1), transform=above, ha="center", va="bottom",
            fontsize=style.SMALL, fontweight="bold",
        )  # fmt: skip
    _scale_bar(ax, largest, units)
    ax.set_title(title, pad=11)


def _scale_bar(ax, largest: float, units: str) -> None:
    """Vertical bar of a round length beside the lowest trace."""
    length = 10 ** np.floor(np.log10(largest))
    length = next(length * factor for factor in (5, 2, 1) if length * factor <= largest)
    beside = blended_transform_factory(ax.transAxes, ax.transData)
    foot = ax.get_yticks()[-1]
    bar = {"color": style.BLACK, "lw": 1.5, "solid_capstyle": "butt", "clip_on": False}
    ax.plot([1.02, 1.02], [foot, foot + length], transform=beside, gid="scale", **bar)
    text = {"ha": "left", "va": "center", "rotation": 90, "fontsize": style.TEXT}
    ax.text(1.035, foot + length / 2, f"{length:g} {units}", transform=beside, **text)
