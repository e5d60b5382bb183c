"""Confidence of every part over all predicted frames (no figure of the paper)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from matplotlib.figure import Figure

from leap_core.containers import Poses
from leap_core.figures import placeholder, style
from leap_core.numerics import quantiles

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@style.styled
def draw(poses: Sequence[Poses], threshold: float) -> Figure:
    """Per part: median, middle half and 5 to 95 % of the confidence; share under ``threshold``.

    Frames without a valid crop and NaN are left out.  The name of a part that is under the
    threshold in more than half of the frames is marked.

    Args:
        poses: of all recordings, gone over three times: one at a time of
            :class:`leap_core.containers.Files`.
        threshold: of confidence.
    """
    if not poses:
        return placeholder.draw("Confidence", "no recording was predicted")
    skeleton = poses[0].skeleton
    colours = style.part_colours(skeleton)
    fig = style.figure(style.SINGLE, 22 + 3.1 * len(skeleton))
    ax = fig.add_subplot()
    right = ax.get_yaxis_transform()
    frames, seen, below = 0, np.zeros(len(skeleton), int), np.zeros(len(skeleton), int)
    for values in _valid(poses):
        frames += len(values)
        seen += np.isfinite(values).sum(axis=0)
        below += (values < threshold).sum(axis=0)
    spread = quantiles(lambda: _valid(poses), QUANTILES)
    highest, lost = 1.0, []
    for row, part in enumerate(skeleton.parts):
        if not seen[row]:
            ax.text(0.02, row, "no data", va="center", color=style.GREY, fontsize=style.SMALL)
            continue
        q = spread[row]
        highest = max(highest, q[-1])
        ax.plot(q[[0, 4]], [row, row], color=colours[row], lw=0.9)
        ax.barh(row, q[3] - q[1], left=q[1], height=0.55, color=colours[row], gid=part)
        ax.plot(q[[2, 2]], [row - 0.36, row + 0.36], color=style.BLACK, lw=1.2)
        under = below[row] / seen[row]
        if under > 0.5:
            lost.append(row)
        tint = style.FLAG if under > 0.1 else style.BLACK
        text = f"{under:.1%}" if under == 0 or under >= 0.001 else "<0.1%"
        ax.text(1.13, row, text, transform=right, va="center", ha="right",
                fontsize=style.SMALL, color=tint)  # fmt: skip
    ax.axvline(threshold, color=style.GREY, ls="--", lw=0.8, zorder=0)
    ax.text(1.13, -1.0, f"below {threshold:g}", transform=right, ha="right", va="bottom",
            fontsize=style.SMALL, color=style.GREY)  # fmt: skip
    ax.set_yticks(range(len(skeleton)), skeleton.parts, fontsize=style.SMALL)
    for row in lost:
        ax.get_yticklabels()[row].set(color=style.FLAG, fontweight="bold")
    ax.set(ylim=(len(skeleton) - 0.4, -0.8), xlim=(0, 1.05 * highest))
    ax.set_xlabel("confidence")
    ax.tick_params(axis="y", length=0)
    word = "recording" if len(poses) == 1 else "recordings"
    ax.set_title(f"{frames} frames, {len(poses)} {word}", pad=12)
    if lost:
        share = f"{len(lost)} of {len(skeleton)} parts"
        fig.suptitle(f"{share} below {threshold:g} in most frames", color=style.FLAG,
                     fontweight="bold", fontsize=style.TEXT)  # fmt: skip
    return fig


def _valid(poses: Iterable[Poses]) -> Iterator[np.ndarray]:
    """Confidence (valid frame, part) of each recording; NaN where it is not finite."""
    for each in poses:
        values = each.confidence[each.valid]
        values[~np.isfinite(values)] = np.nan
        yield values
