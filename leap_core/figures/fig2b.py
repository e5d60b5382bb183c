"""Accuracy summary on the test set (paper: Figure 2b)."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from leap_core.figures import skipped, style
from leap_core.skeleton import Skeleton

MARK_PX = 2.5  # the paper's yardstick
MARK_SHARE = 0.03  # of body length


@style.styled
def draw(errors: np.ndarray, skeleton: Skeleton, body_length_px: float | None = None) -> Figure:
    """Cumulative error curves and quantiles, for all parts and for each part group.

    Args:
        errors: (sample, joint) distance to the label, px; NaN = not labeled.
        body_length_px: for the mark at 3 % of body length; None or NaN = no mark.
    """
    errors = np.asarray(errors, float)
    sets = {"all parts": (errors[np.isfinite(errors)], style.BLACK)}
    for group, colour in style.group_colours(skeleton).items():
        chosen = errors[:, [skeleton.index(p) for p in skeleton.groups[group]]]
        sets[group] = (chosen[np.isfinite(chosen)], colour)
    every = sets["all parts"][0]
    if not len(every):
        return skipped.draw("Accuracy", "no labeled part in the test set")
    fig = style.figure(style.DOUBLE, 64)
    curves, boxes = fig.subplots(1, 2, width_ratios=[1.1, 1])
    limit = float(np.clip(1.1 * np.quantile(every, 0.97), 5, max(15, 3 * np.median(every))))
    marks = {f"{MARK_PX:g} px": MARK_PX}
    if body_length_px is not None and np.isfinite(body_length_px):
        length = MARK_SHARE * body_length_px
        marks[f"{MARK_SHARE:.0%} of body length\n({length:.1f} px)"] = length
    _curves(curves, sets, marks, limit)
    _boxes(boxes, sets, marks, limit)
    style.letter(curves, "i")
    style.letter(boxes, "ii")
    images = int(np.isfinite(errors).any(axis=1).sum())
    curves.set_title(f"{images} test images, {len(every)} labels")
    return fig


def _curves(ax, sets, marks, limit: float) -> None:
    for name, (values, colour) in reversed(sets.items()):
        if not len(values):
            continue
        x = np.concatenate([[0], np.sort(values), [max(limit, values.max())]])
        y = np.concatenate([[0], np.arange(1, len(values) + 1), [len(values)]]) / len(values)
        width = 1.8 if name == "all parts" else 1.0
        ax.plot(x, 100 * y, drawstyle="steps-post", color=colour, lw=width, label=name)
    ordered = sorted(marks.items(), key=lambda item: item[1])
    for k, (name, place) in enumerate(ordered):
        ax.axvline(place, color=style.GREY, lw=0.7, ls="--", zorder=0)
        last = k == len(ordered) - 1
        side = {"ha": "left" if last else "right"}
        ax.annotate(
            name, (place, 3), (3 if last else -3, 0), textcoords="offset points", color=style.GREY,
            fontsize=style.SMALL, va="bottom", **side,
        )  # fmt: skip
    ax.set(xlim=(0, limit), ylim=(0, 101), xlabel="error (px)", ylabel="labels within (%)")
    handles, names = ax.get_legend_handles_labels()
    ax.legend(handles[::-1], names[::-1], loc="lower right", bbox_to_anchor=(1, 0.12))


def _boxes(ax, sets, marks, limit: float) -> None:
    """Per group: median, middle half (bar), 5 to 95 % (line), and the share within 2.5 px."""
    for row, (values, colour) in enumerate(sets.values()):
        if not len(values):
            ax.text(0.1, row, "no labels", va="center", color=style.GREY, fontsize=style.SMALL)
            continue
        q = np.quantile(values, [0.05, 0.25, 0.5, 0.75, 0.95])
        ax.plot(q[[0, 4]], [row, row], color=colour, lw=1, zorder=1)
        ax.barh(row, q[3] - q[1], left=q[1], height=0.5, color=colour, alpha=0.85, zorder=2)
        ax.plot(q[[2, 2]], [row - 0.25, row + 0.25], color="white", lw=1.4, zorder=3)
        share = np.mean(values < MARK_PX)
        ax.text(
            1.02, row, f"{share:.0%}", transform=ax.get_yaxis_transform(), va="center",
            fontsize=style.TEXT,
        )  # fmt: skip
    for place in marks.values():
        ax.axvline(place, color=style.GREY, lw=0.7, ls="--", zorder=0)
    ax.text(1.02, -0.55, f"within\n{MARK_PX:g} px", transform=ax.get_yaxis_transform(),
            fontsize=style.SMALL, color=style.GREY, va="bottom")  # fmt: skip
    ax.set_yticks(range(len(sets)), list(sets))
    ax.set(ylim=(len(sets) - 0.4, -0.6), xlim=(0, limit), xlabel="error (px)")
    ax.tick_params(axis="y", length=0)
    ax.spines.left.set_visible(False)
