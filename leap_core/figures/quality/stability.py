"""Two maps from two parts of every recording, and what they agree on (no figure of the paper)."""

from __future__ import annotations

import textwrap
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leap_core.containers import Stability
from leap_core.figures import placeholder, style
from leap_core.figures.paper.fig4b import draw_regions

NAMES = {"halves": ("first halves", "second halves"), "blocks": ("odd blocks", "even blocks")}
LOWER = 72  # mm, of the panels below the maps


class Regions(NamedTuple):
    """What is drawn of one of the two maps."""

    density: np.ndarray
    labels: np.ndarray
    edges_x: np.ndarray
    edges_y: np.ndarray


@style.styled
def draw(halves: Stability, blocks: Stability) -> Figure:
    """Maps of both halves with matched regions in one colour; shares of each part's frames.

    Below: occupancy of matched regions on each part's own map, by halves and by interleaved
    blocks, and that of all regions on the joint map, which is what the animal did.  Where the
    halves have no regions, the maps are those of the blocks, and the note takes their panel.

    Args:
        halves: from the halves of every recording.
        blocks: from interleaved blocks.
    """
    shown = next((found for found in (halves, blocks) if len(found.pairs)), None)
    if shown is None:
        reasons = dict.fromkeys(filter(None, (halves.note, blocks.note)))
        reason = "; ".join(reasons) or "no region on either map"
        return placeholder.draw("Stability of the map", reason)
    above, below = _sheets(shown)
    fig = above.figure
    maps = above.subplots(1, 2)
    for k, ax in enumerate(maps):
        _map(ax, shown, k)
        style.letter(ax, "ab"[k])
    x, y = (np.array([getattr(ax, f"get_{v}lim")() for ax in maps]) for v in "xy")
    for ax in maps:  # one scale for both
        ax.set(xlim=(x.min(), x.max()), ylim=(y.min(), y.max()))
    panels = below.subplots(1, 3)
    for ax, found, name in zip(panels, (halves, blocks), "cd", strict=False):
        style.letter(ax, name)
        if not len(found.pairs):
            _nothing(ax, found)
            continue
        colours = [colour(found, pair) for pair in found.pairs]
        _scatter(ax, found.own, colours, found.cut)
        ax.set_title(
            f"{found.cut}, own maps: r = {_number(found.r)}\n"
            f"map alone {_number(found.r_same)}, animal alone {_number(found.r_joint)}",
            fontsize=style.TEXT,
        )
    last = panels[2]
    for found, marker in ((halves, "o"), (blocks, "^")):
        grey = [style.GREY] * len(found.joint)
        _scatter(last, found.joint, grey, found.cut, marker)
        last.plot([], [], marker, color=style.GREY, ms=4, label=found.cut)
    last.legend(loc="best", handlelength=0.8, fontsize=style.SMALL)
    last.set_title(
        f"joint map, the animal alone:\nhalves r = {_number(halves.r_joint)}, "
        f"blocks r = {_number(blocks.r_joint)}",
        fontsize=style.TEXT,
    )
    last.set(xlabel="share of frames, part 1", ylabel="share of frames, part 2")
    style.letter(last, "e")
    return fig


def _sheets(found: Stability):
    """Upper and lower part of the figure, the upper one as high as the maps need."""
    rows, columns = (np.flatnonzero((found.labels > 0).any(axis=a)) for a in ((0, 2), (0, 1)))
    upper = float(np.clip(26 + 84 * int(np.ptp(rows)) / max(int(np.ptp(columns)), 1), 60, 110))
    fig = style.figure(style.DOUBLE, upper + LOWER)
    return style.sheets(fig, 2, 1, height_ratios=[upper, LOWER])


def colour(found: Stability, pair: np.ndarray) -> tuple[float, float, float]:
    """Colour of a matched pair: that of its group; white where there is no partner to match."""
    one, two = (int(v) for v in pair)
    group = found.group_one[one - 1] if one else found.group_two[two - 1]
    return style.region_colour(int(group) + 1)


def _map(ax: Axes, found: Stability, k: int) -> None:
    """Regions of one map; those whose pieces were joined share a colour."""
    groups = (found.group_one, found.group_two)[k]
    map = Regions(
        labels=found.labels[k], density=found.density[k], edges_x=found.edges, edges_y=found.edges
    )
    paired = set(found.pairs[found.pairs.all(axis=1), k].tolist())
    fill = {
        r + 1: (*style.region_colour(int(g) + 1), 0.75 if r + 1 in paired else 0.3)
        for r, g in enumerate(groups)
    }
    draw_regions(ax, map, fill)
    part, other = NAMES[found.cut][k], NAMES[found.cut][1 - k]
    ax.set_title(
        f"map of the {part}: {len(groups)} regions, {len(paired)} matched\n"
        f"{_far(found.far[k])} of the {other} are far from it",
        fontsize=style.TEXT,
    )
    if k:
        ax.set_ylabel("")


def _scatter(ax: Axes, shares: np.ndarray, colours: list, cut: str, marker: str = "o") -> None:
    x, y = np.asarray(shares).T
    ax.scatter(x, y, c=colours, s=16, marker=marker, edgecolors=style.BLACK,
               linewidths=0.3, zorder=3)  # fmt: skip
    top = 1.08 * max(float(np.max(shares, initial=0)), ax.get_xlim()[1] if ax.lines else 0, 0.01)
    ax.plot([0, top], [0, top], color=style.LIGHT, lw=0.8, zorder=1)
    ax.set(xlim=(-0.03 * top, top), ylim=(-0.03 * top, top), aspect="equal")
    first, second = NAMES[cut]
    ax.set(xlabel=f"share of frames, {first}", ylabel=f"share of frames, {second}")


def _nothing(ax: Axes, found: Stability) -> None:
    """A panel that says why there is nothing in it."""
    reason = textwrap.fill(found.note or "no region on either map", 28)
    ax.set(xticks=[], yticks=[], aspect="equal")
    ax.set_facecolor("#F4F4F4")
    ax.set_title(f"{found.cut}, own maps: not drawn", fontsize=style.TEXT)
    ax.text(0.5, 0.5, reason, transform=ax.transAxes, ha="center", va="center",
            fontsize=style.SMALL)  # fmt: skip


def _far(share: float) -> str:
    return f"{share:.0%} of the frames" if np.isfinite(share) else "unknown how many frames"


def _number(r: float) -> str:
    return f"{r:.2f}" if np.isfinite(r) else "unknown"
