"""Accuracy summary on the test set (paper: Figure 2b)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leap_core.figures import placeholder, style
from leap_core.numerics import CLOSE_PX
from leap_core.skeleton import Skeleton

MARK_SHARE = 0.03  # of body length


@style.styled
def draw(
    errors: np.ndarray,
    skeleton: Skeleton,
    body_length_px: float | None = None,
    interval: Sequence[float] | None = None,
) -> Figure:
    """Cumulative error curves by part group; quantiles by part group and leg segment.

    Args:
        errors: (sample, joint) distance to the label, px; NaN = not labeled.
        body_length_px: for the mark at 3 % of body length; None or NaN = no mark.
        interval: 95 % interval of the median over all parts, px; None = unknown.
    """
    errors = np.asarray(errors, float)
    every = errors[np.isfinite(errors)]
    if not len(every):
        return placeholder.draw("Accuracy", "no labeled part in the test set")
    rows = 1 + len(skeleton.part_sets)
    tall = 12 + 3.8 * rows
    fig = style.figure(style.SINGLE, 50 + tall)
    above, below = fig.subplots(2, 1, height_ratios=[44, tall])
    _curves(above, errors, skeleton, marks(body_length_px))
    boxes(below, errors, skeleton, body_length_px, interval)
    style.letter(above, "i")
    style.letter(below, "ii")
    images = int(np.isfinite(errors).any(axis=1).sum())
    above.set_title(f"{style.count(images, 'test image')}, {len(every)} labels")
    below.set_title(median_text(every, interval))
    return fig


def median_text(every: np.ndarray, interval: Sequence[float] | None) -> str:
    """The median of all errors in words, with its interval.

    >>> median_text(np.array([1.0, 2.0]), (1.0, 2.0))
    'median 1.50 px (95 %: 1.00 to 2.00)'
    """
    text = f"median {np.median(every):.2f} px"
    return text if interval is None else f"{text} (95 %: {interval[0]:.2f} to {interval[1]:.2f})"


def marks(body_length_px: float | None) -> dict[str, float]:
    """Name and place (px) of the yardsticks."""
    found = {f"{CLOSE_PX:g} px": CLOSE_PX}
    if body_length_px is not None and np.isfinite(body_length_px):
        length = MARK_SHARE * body_length_px
        found[f"{MARK_SHARE:.0%} of body length ({length:.1f} px)"] = length
    return found


def limit(errors: np.ndarray) -> float:
    """Right end of the error axis, px: nearly all labels, but not a few wild ones."""
    every = errors[np.isfinite(errors)]
    return float(np.clip(1.1 * np.quantile(every, 0.97), 5, max(15, 3 * np.median(every))))


def _sets(errors: np.ndarray, skeleton: Skeleton, chosen: dict) -> dict[str, tuple]:
    """Name -> errors of its labels and colour; all parts first."""
    colours = style.set_colours(skeleton)
    sets = {"all parts": (errors[np.isfinite(errors)], style.BLACK)}
    for name, parts in chosen.items():
        values = errors[:, [skeleton.index(p) for p in parts]]
        sets[name] = (values[np.isfinite(values)], colours[name])
    return sets


def _curves(ax: Axes, errors: np.ndarray, skeleton: Skeleton, marks: dict[str, float]) -> None:
    most = limit(errors)
    for name, (values, colour) in reversed(_sets(errors, skeleton, skeleton.groups).items()):
        if not len(values):
            continue
        x = np.concatenate([[0], np.sort(values), [max(most, values.max())]])
        y = np.concatenate([[0], np.arange(1, len(values) + 1), [len(values)]]) / len(values)
        width = 1.8 if name == "all parts" else 1.0
        ax.plot(x, 100 * y, drawstyle="steps-post", color=colour, lw=width, label=name)
    ordered = sorted(marks.items(), key=lambda item: item[1])
    for _, place in ordered:
        ax.axvline(place, color=style.GREY, lw=0.7, ls="--", zorder=0)
    # all beside the last, from left to right: below the curves there is room
    written = ", ".join(name for name, _ in ordered)
    ax.annotate(
        written, (ordered[-1][1], 2), (3, 0), textcoords="offset points", color=style.GREY,
        fontsize=style.SMALL, va="bottom",
    )  # fmt: skip
    ax.set(xlim=(0, most), ylim=(0, 101), xlabel="error (px)", ylabel="labels within (%)")
    handles, names = ax.get_legend_handles_labels()
    ax.legend(
        handles[::-1], names[::-1], loc="lower right", bbox_to_anchor=(1, 0.12), ncols=2,
        fontsize=style.SMALL, columnspacing=1, labelspacing=0.25,
    )  # fmt: skip


def boxes(
    ax: Axes,
    errors: np.ndarray,
    skeleton: Skeleton,
    body_length_px: float | None,
    interval: Sequence[float] | None,
) -> None:
    """Per set of parts: median, middle half (bar), 5 to 95 % (line), and the share within 2.5 px.

    The ``interval`` of the overall median stands as a bracket above the first bar.
    """
    sets = _sets(errors, skeleton, skeleton.part_sets)
    for row, (values, colour) in enumerate(sets.values()):
        if not len(values):
            ax.text(0.1, row, "no labels", va="center", color=style.GREY, fontsize=style.SMALL)
            continue
        q = np.quantile(values, [0.05, 0.25, 0.5, 0.75, 0.95])
        ax.plot(q[[0, 4]], [row, row], color=colour, lw=1, zorder=1)
        ax.barh(row, q[3] - q[1], left=q[1], height=0.5, color=colour, alpha=0.85, zorder=2)
        ax.plot(q[[2, 2]], [row - 0.25, row + 0.25], color="white", lw=1.4, zorder=3)
        share = np.mean(values < CLOSE_PX)
        ax.text(
            1.02, row, f"{share:.0%}", transform=ax.get_yaxis_transform(), va="center",
            fontsize=style.TEXT,
        )  # fmt: skip
    if interval is not None:
        bracket: dict[str, Any] = {
            "marker": "|",
            "ms": 4,
            "mew": 0.8,
            "lw": 0.8,
            "color": style.BLACK,
        }
        ax.plot(interval, [-0.42, -0.42], gid="interval", zorder=4, **bracket)
    for place in marks(body_length_px).values():
        ax.axvline(place, color=style.GREY, lw=0.7, ls="--", zorder=0)
    ax.text(1.02, -0.55, f"within\n{CLOSE_PX:g} px", transform=ax.get_yaxis_transform(),
            fontsize=style.SMALL, color=style.GREY, va="bottom")  # fmt: skip
    ax.set_yticks(range(len(sets)), list(sets))
    ax.set(ylim=(len(sets) - 0.4, -0.6), xlim=(0, limit(errors)), xlabel="error (px)")
    ax.tick_params(axis="y", length=0)
    ax.spines.left.set_visible(False)
