"""Regions of the behavior map with their numbers (paper: Figure 4b)."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leap_core.containers import BehaviorMap
from leap_core.figures import style
from leap_core.figures.paper.fig4a import Grid, extent, fit, map_axes


@style.styled
def draw(map: BehaviorMap) -> Figure:
    """Region boundaries, filled in each region's colour, with its number in its middle."""
    fig = style.figure(style.SINGLE, 86)
    ax = fig.add_subplot()
    numbers = np.unique(map.labels[map.labels > 0])
    draw_regions(ax, map, {int(k): (*style.region_colour(int(k)), 0.4) for k in numbers})
    fit(fig, ax, 76)
    ax.set_title(f"{len(numbers)} region{'' if len(numbers) == 1 else 's'}")
    if not len(numbers):
        text: dict[str, Any] = {"ha": "center", "color": style.GREY, "transform": ax.transAxes}
        ax.text(0.5, 0.5, "no region above the density threshold", **text)
    return fig


def draw_regions(ax: Axes, map: Grid, fill: dict[int, tuple], numbers: bool = True) -> None:
    """Outlines of all regions; those in ``fill`` filled with its RGBA, and numbered.

    Args:
        map: the regions.
        fill: region number -> colour.
        numbers: write the numbers of the filled regions.
    """
    from scipy import ndimage

    labels = np.asarray(map.labels)
    picture = np.ones((*labels.shape, 4))
    picture[..., 3] = 0
    for k, colour in fill.items():
        picture[labels == k] = colour
    ax.imshow(picture, origin="lower", extent=extent(map))
    # a frame of nothing closes the outlines of regions that reach the edge of the map
    labels = np.pad(labels, 1)
    x, y = (
        np.concatenate([edges[:1], (edges[:-1] + edges[1:]) / 2, edges[-1:]])
        for edges in (map.edges_x, map.edges_y)
    )
    for k, box in enumerate(ndimage.find_objects(labels.astype(np.int64)), start=1):
        if box is None:
            continue
        rows, columns = (slice(max(s.start - 1, 0), s.stop + 1) for s in box)
        inside = labels[rows, columns] == k
        if min(inside.shape) > 1:
            look: dict[str, Any] = {"colors": style.BLACK if k in fill else style.GREY}
            look["linewidths"] = 0.5 if k in fill else 0.25
            ax.contour(x[columns], y[rows], inside.astype(float), [0.5], **look)
        if numbers and k in fill:
            _number(ax, k, inside, x[columns], y[rows], labels.size)
    map_axes(ax, map)


def _number(ax, k: int, inside: np.ndarray, x: np.ndarray, y: np.ndarray, bins: int) -> None:
    """The number where there is most room around it, smaller in small regions."""
    from scipy import ndimage

    room = ndimage.distance_transform_edt(np.pad(inside, 1))[1:-1, 1:-1]
    row, column = np.unravel_index(np.argmax(room), room.shape)
    size = style.TEXT if room.max() > 0.03 * np.sqrt(bins) else style.TINY
    text = ax.text(x[column], y[row], str(k), ha="center", va="center", fontsize=size)
    text.set_path_effects([patheffects.withStroke(linewidth=1.2, foreground="white")])
