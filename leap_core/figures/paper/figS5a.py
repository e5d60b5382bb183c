"""The network from image to confidence maps (paper: Supplementary Figure 5a).

Every feature map is a bar: its height is the side of the map, its width grows with the channels.
The deepest path runs along the middle; what goes around it is led above.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from leap_core.figures import style
from leap_core.pose.diagram import Block

COLOURS = {"input": style.GREY, "conv": style.SKY, "pool": style.VERMILLION, "up": style.GREEN}
COLOURS |= {"add": style.PURPLE, "concat": style.GOLD, "other": style.LIGHT}
COLOURS |= {"residual": style.BLUE}
NAMES = {"conv": "convolution", "pool": "pooling", "up": "transposed convolution or upsampling"}
NAMES |= {"add": "addition", "concat": "concatenation", "other": "other layer"}
NAMES |= {"residual": "residual module"}
FULL = 34.0  # mm: side of a map as large as the input, and of the pictures
GAP, LIFT = 2.4, 2.6  # between bars and between paths, relative and mm
MARGIN_MM = 3.0  # mm


@style.styled
def draw(
    blocks: Sequence[Block],
    side: int,
    title: str = "",
    image: np.ndarray | None = None,
    maps: np.ndarray | None = None,
) -> Figure:
    """Bars for feature maps, arrows for what leads to them, pictures at both ends.

    Args:
        blocks: of :func:`leap_core.pose.diagram.blocks` or ``modules``.
        side: of the network's input, px.
        image: (y, x) grey picture at the beginning; None = none.
        maps: (y, x, joint) confidence maps, whose maximum stands at the end; None = none.
    """
    main, column = main_path(blocks), columns(blocks)
    widths = [1 + 0.45 * np.log2(1 + block.channels) for block in blocks]
    sides = [FULL * block.scale for block in blocks]
    x, unit = _places(column, widths, image is not None, maps is not None)
    right = [left + unit * width for left, width in zip(x, widths, strict=True)]
    ways = detours(blocks, main)
    levels, top = _levels(ways, main, column, sides)
    height = dict.fromkeys(main, 0.0)
    for way, level in zip(ways, levels, strict=True):
        height |= {k: level for k in way[1:] if k not in height}
    bottom = -FULL / 2 - 20
    fig = style.figure(style.DOUBLE, top + 11 - bottom)
    fig.set_layout_engine("none")  # places are in mm
    ax = fig.add_axes((0, 0, 1, 1))
    for k, block in enumerate(blocks):
        corner = (x[k], height[k] - sides[k] / 2)
        bar = Rectangle(corner, right[k] - x[k], sides[k], fc=COLOURS[block.kind], zorder=3)
        bar.set(ec=style.BLACK, lw=1.6 if block.output else 0.5, gid=f"block {k}")
        ax.add_patch(bar)
    for before, after in zip(main, main[1:], strict=False):
        _arrow(ax, [(right[before], 0), (x[after], 0)])
    for way, level in zip(ways, levels, strict=True):
        _detour(ax, way, level, height, x, right, sides)
    _runs(ax, blocks, main, x, right, sides, side)
    _pictures(ax, image, maps, x[main[0]], right[main[-1]])
    _legend(ax, blocks, bool(ways))
    ax.text(MARGIN_MM, top + 7.5, title, fontsize=8, va="center")
    ax.set(xlim=(0, style.DOUBLE), ylim=(bottom, top + 11))
    style.image_axes(ax)
    return fig


def _detour(ax: Axes, way, level: float, height, x, right, sides) -> None:
    """Up from the first block, along those that lie on this level, down to the last."""
    begin = 0.3 * x[way[0]] + 0.7 * right[way[0]]  # what ends at a bar ends left of its middle
    points = [(begin, height[way[0]] + sides[way[0]] / 2), (begin, level)]
    for k in way[1:]:
        if height[k] == level:
            _arrow(ax, [*points, (x[k], level)], style.BLUE)
            points = [(right[k], level)]
        else:
            end = 0.7 * x[k] + 0.3 * right[k]
            _arrow(ax, [*points, (end, level), (end, height[k] + sides[k] / 2)], style.BLUE)


def columns(blocks: Sequence[Block]) -> list[int]:
    """Steps of each block from the input along the longest way.

    >>> columns([Block("input", 1, 1.0), Block("conv", 8, 1.0, (0,)), Block("add", 8, 1.0, (0, 1))])
    [0, 1, 2]
    """
    found: list[int] = []
    for block in blocks:
        found.append(1 + max((found[k] for k in block.inputs), default=-1))
    return found


def main_path(blocks: Sequence[Block]) -> list[int]:
    """The longest way from an input to the deepest output, as indices of blocks."""
    depth = columns(blocks)
    ends = [k for k, block in enumerate(blocks) if block.output] or [len(blocks) - 1]
    path = [max(ends, key=lambda k: (depth[k], k))]
    while blocks[path[-1]].inputs:
        path.append(max(blocks[path[-1]].inputs, key=lambda k: depth[k]))
    return path[::-1]


def _places(column, widths, picture: bool, maps: bool) -> tuple[list[float], float]:
    """Left end of every bar, mm, and the mm of one unit of width."""
    wide = [0.0] * (max(column) + 1)
    for k, c in enumerate(column):
        wide[c] = max(wide[c], widths[k])
    starts = np.concatenate([[0], np.cumsum(np.array(wide) + GAP)])
    begin = MARGIN_MM + (FULL + 5 if picture else 0)
    end = style.DOUBLE - MARGIN_MM - (FULL + 10 if maps else 3)
    unit = min((end - begin) / (starts[-1] - GAP), 2.0)
    shift = begin + max(0.0, (end - begin - unit * (starts[-1] - GAP)) / 2)
    return [float(shift + unit * starts[c]) for c in column], unit


def detours(blocks: Sequence[Block], main: Sequence[int]) -> list[list[int]]:
    """Ways around the main path, so that every connection lies on one of them or on the main path.

    Each is a list of blocks: it leaves from its first, which another way holds, and ends in one
    that another way holds, or in an output.
    """
    takers: list[list[int]] = [[] for _ in blocks]
    for k, block in enumerate(blocks):
        for source in block.inputs:
            takers[source].append(k)
    used, placed, found = set(zip(main, main[1:], strict=False)), set(main), []
    waiting = list(main)
    while waiting:
        start = waiting.pop(0)
        for after in takers[start]:
            if (start, after) in used:
                continue
            way = [start, after]
            while way[-1] not in placed:
                placed.add(way[-1])
                waiting.append(way[-1])
                way += takers[way[-1]][:1]
            used.update(zip(way, way[1:], strict=False))
            found.append(way)
    return found


def _levels(ways, main, column, sides) -> tuple[list[float], float]:
    """Height of the middle of every way, mm, and of the highest one's top.

    Short ways lie below long ones; each above everything that stands in its columns.
    """
    tops = [0.0] * (2 * max(column) + 1)  # of columns and of what is between them
    for k in main:
        tops[2 * column[k]] = max(tops[2 * column[k]], sides[k] / 2)
    bars = list(tops)
    levels = [0.0] * len(ways)
    for n in sorted(range(len(ways)), key=lambda n: column[ways[n][-1]] - column[ways[n][0]]):
        first, last = 2 * column[ways[n][0]], 2 * column[ways[n][-1]]
        half = max((sides[k] / 2 for k in ways[n][1:] if k not in main), default=0.0)
        here = slice(first + 1, max(last, first + 2))  # ways may meet at their ends
        levels[n] = max([bars[first], bars[min(last, len(bars) - 1)], *tops[here]]) + LIFT + half
        tops[here] = [levels[n] + half] * len(tops[here])
    return levels, max(tops)


def _arrow(ax: Axes, points: Sequence[tuple[float, float]], colour: str = style.GREY) -> None:
    """A line with corners and a head."""
    if len(points) > 2:
        ax.plot(*np.transpose(points[:-1]), color=colour, lw=0.7, solid_joinstyle="miter", zorder=2)
    head = {"arrowstyle": "-|>,head_width=0.12,head_length=0.2", "color": colour, "lw": 0.7}
    head |= {"shrinkA": 0, "shrinkB": 0}
    ax.annotate("", points[-1], points[-2], arrowprops=head, zorder=2)


def _runs(ax: Axes, blocks, main, x, right, sides, side: int) -> None:
    """Channels under each run of equal maps on the main path, sides under those of one size."""

    def runs(of):
        found: list[list[int]] = []
        for k in main:
            if found and of(blocks[found[-1][-1]]) == of(blocks[k]):
                found[-1].append(k)
            else:
                found.append([k])
        return [((x[run[0]] + right[run[-1]]) / 2, run[0], run[-1]) for run in found]

    text: dict[str, Any] = {"ha": "center", "va": "top", "fontsize": style.TINY}
    for place, k, last in runs(lambda block: (block.channels, block.scale)):
        if right[last] - x[k] > 1.0 * len(str(blocks[k].channels)):  # there is room
            ax.text(place, -sides[k] / 2 - 0.8, f"{blocks[k].channels}", **text)
    for place, k, _ in runs(lambda block: block.scale):
        px = f"{blocks[k].scale * side:g} px"
        ax.text(place, -sides[k] / 2 - 3.2, px, color=style.GREY, **text)


def _pictures(ax: Axes, image, maps, begin: float, end: float) -> None:
    """The input at the left of the first bar, the maximum of all maps at the right of the last."""
    if image is not None:
        left = begin - FULL - 5
        box = (left, left + FULL, -FULL / 2, FULL / 2)
        ax.imshow(image, cmap="gray", vmin=0, vmax=255, extent=box, aspect="auto")
        ax.text(left, FULL / 2 + 1, "image", fontsize=style.TEXT, va="bottom")
        _arrow(ax, [(left + FULL + 0.5, 0), (begin - 0.5, 0)])
    if maps is not None:
        left = end + 10
        box = (left, left + FULL, -FULL / 2, FULL / 2)
        highest = np.asarray(maps, float).max(axis=-1)
        ax.imshow(highest, cmap=style.AMPLITUDE, vmin=0, vmax=1, extent=box, aspect="auto")
        name = f"maximum of {np.shape(maps)[-1]} maps"
        ax.text(left, FULL / 2 + 1, name, fontsize=style.TEXT, va="bottom")
        _arrow(ax, [(end + 0.5, 0), (left - 0.5, 0)])


def _legend(ax: Axes, blocks: Sequence[Block], around: bool) -> None:
    kernels: dict[str, set[int]] = {}
    for block in blocks:
        kernels.setdefault(block.kind, set()).add(block.kernel)
    handles: list[Artist] = []
    for kind, name in NAMES.items():
        if kind in kernels:
            size = ", ".join(f"{k}\u2009×\u2009{k}" for k in sorted(kernels[kind]) if k)
            text = f"{name}, {size}" if size else name
            handles.append(Patch(fc=COLOURS[kind], ec=style.BLACK, lw=0.5, label=text))
    handles.append(Patch(fc="none", ec=style.BLACK, lw=1.6, label="output"))
    if around:
        handles.append(Line2D([], [], color=style.BLUE, lw=0.8, label="skip connection"))
    ax.legend(handles=handles, loc="lower center", ncols=4, borderaxespad=0.3)
