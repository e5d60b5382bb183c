"""Density of the behavior map (paper: Figure 4a)."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leap_core.containers import BehaviorMap
from leap_core.figures import style


@style.styled
def draw(map: BehaviorMap) -> Figure:
    """Probability density of all projected frames, equal axes, white where nobody was."""
    fig = style.figure(style.SINGLE, 76)
    ax = fig.add_subplot()
    highest = float(np.nanmax(map.density, initial=0)) or 1.0
    shown = ax.imshow(
        map.density, origin="lower", extent=extent(map), cmap=style.DENSITY, vmin=0, vmax=highest
    )
    map_axes(ax, map)
    fit(fig, ax, 62)
    bar = fig.colorbar(shown, cax=ax.inset_axes((1.03, 0, 0.04, 1)))
    bar.set_label("density (per map unit$^2$)")
    bar.outline.set_linewidth(0.4)
    style.powers(bar)
    return fig


def fit(fig: Figure, ax: Axes, width_mm: float) -> None:
    """As much height as a map drawn ``width_mm`` wide needs, with its labels."""
    high = np.ptp(ax.get_ylim()) / np.ptp(ax.get_xlim())
    fig.set_figheight((18 + width_mm * float(np.clip(high, 0.4, 1.5))) / 25.4)


class Grid(Protocol):
    """What is drawn of a map: a :class:`~leap_core.containers.BehaviorMap`, or a part of one."""

    @property
    def density(self) -> np.ndarray: ...
    @property
    def labels(self) -> np.ndarray: ...
    @property
    def edges_x(self) -> np.ndarray: ...
    @property
    def edges_y(self) -> np.ndarray: ...


def extent(map: Grid) -> tuple[float, float, float, float]:
    """Left, right, bottom, top of the map's pictures: its outermost bin edges."""
    return (map.edges_x[0], map.edges_x[-1], map.edges_y[0], map.edges_y[-1])


def map_axes(ax: Axes, map: Grid) -> None:
    """Equal axes around the occupied part of the map, the same for every picture of it."""
    occupied = (map.labels > 0) | (map.density > 1e-3 * np.nanmax(map.density, initial=0))
    ax.set_aspect("equal")
    ax.set(xlabel="map axis 1 (map units)", ylabel="map axis 2 (map units)")
    if not occupied.any():
        return
    rows, columns = np.flatnonzero(occupied.any(axis=1)), np.flatnonzero(occupied.any(axis=0))
    x = map.edges_x[[columns[0], columns[-1] + 1]]
    y = map.edges_y[[rows[0], rows[-1] + 1]]
    margin = 0.03 * max(np.ptp(x), np.ptp(y))
    ax.set(xlim=(x[0] - margin, x[1] + margin), ylim=(y[0] - margin, y[1] + margin))
