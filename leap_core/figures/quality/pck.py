"""Share of labels within any distance, in px and in body lengths (no figure of the paper)."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leap_core.figures import placeholder, style
from leap_core.numerics import CLOSE_PX
from leap_core.skeleton import Skeleton

# axis, its yardstick, name
SCALES = {"px": (CLOSE_PX, "threshold (px)"), "pct_body": (3.0, "threshold (% of body length)")}
SEGMENTS = (0, (2, 1))  # dashes of leg segments, which lie across the groups


@style.styled
def draw(metrics: dict[str, Any], skeleton: Skeleton) -> Figure:
    """PCK curves of all parts, with their 95 % band, of part groups and of leg segments.

    Args:
        metrics: an evaluation, with ``pck`` of :func:`leap_core.pose.evaluation.pck` in px and,
            where the body length is known, in % of it.
    """
    if not metrics["samples"]:
        return placeholder.draw("Share of correct parts", "no labeled part in the test set")
    fig = style.figure(style.DOUBLE, 72)
    panels = fig.subplots(1, 2, sharey=True)
    for ax, name, text in zip(panels, SCALES, ("i", "ii"), strict=True):
        style.letter(ax, text)
        if name in metrics["pck"]:
            _curves(ax, metrics["pck"][name], skeleton, *SCALES[name])
        else:
            style.message(ax, "the skeleton names no body axis, or it is not labeled")
    panels[0].set_ylabel("labels nearer than the threshold (%)")
    images = style.count(metrics["samples"], "test image")
    panels[0].set_title(f"{images}, {metrics['overall']['n']} labels")
    if np.isfinite(metrics["body_length_px"] or np.nan):
        panels[1].set_title(f"body length {metrics['body_length_px']:.0f} px")
    fig.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=6)
    return fig


def _curves(ax: Axes, pck: dict[str, Any], skeleton: Skeleton, mark: float, name: str) -> None:
    at = np.asarray(pck["threshold"], float)
    low, high = (100 * np.array(pck[k], float) for k in ("low", "high"))
    ax.fill_between(at, low, high, color=style.LIGHT, lw=0, label="95 % band, all parts")
    every, *others = pck["share"]
    ax.plot(at, 100 * np.array(pck["share"][every], float), color=style.BLACK, lw=1.8, zorder=4,
            label="all parts")  # fmt: skip
    colours = style.set_colours(skeleton)
    for other in others:
        if pck["share"][other] is None:
            continue
        dashes = "-" if other in skeleton.groups else SEGMENTS
        share = 100 * np.array(pck["share"][other], float)
        ax.plot(at, share, color=colours[other], ls=dashes, label=other)
    ax.axvline(mark, color=style.GREY, lw=0.7, ls="--", zorder=0)
    ax.set(xlim=(0, at[-1]), ylim=(0, 101), xlabel=name)
