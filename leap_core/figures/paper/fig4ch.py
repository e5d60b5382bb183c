"""Average spectrograms of regions in which parts move on the spot (paper: Figure 4c-h)."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from leap_core.containers import BehaviorMap
from leap_core.figures import placeholder, style

if TYPE_CHECKING:
    import pandas as pd


# letters in a line, and lines, of a region's evidence
WIDE, FEW = (40, 2), (28, 3)


@style.styled
def draw(map: BehaviorMap, table: pd.DataFrame | None = None, top: int = 6) -> Figure:
    """Parts x frequencies of ``top`` regions, on one colour scale.

    Args:
        map: the regions and their mean spectrograms.
        table: one row per region with the columns ``locomotor``, ``group1`` (empty where little
            moves) and ``evidence``.  The paper shows grooming: with a table those are the most
            visited regions in which something moves but the animal does not walk, filled up with
            the most visited others when there are fewer than ``top``.
        top: regions shown at most.
    """
    occupancy = np.nan_to_num(np.asarray(map.occupancy, float))
    rank = np.zeros(len(occupancy))
    if table is not None and len(table):
        moves = table["group1"].fillna("").astype(str).str.len().to_numpy() > 0
        walks = table["locomotor"].to_numpy(bool)
        rank = np.where(walks, 2, np.where(moves, 0, 1))
    chosen = np.lexsort((np.arange(len(occupancy)), -occupancy, rank))[:top]
    return spectrograms(map, chosen, table, "cdefgh")


def spectrograms(
    map: BehaviorMap,
    chosen: np.ndarray,
    table: pd.DataFrame | None = None,
    letters: str = "",
    columns: int = 3,
) -> Figure:
    """The mean spectrograms of the ``chosen`` rows in their order, with their evidence above.

    Each part has two rows, x above y; frequencies are on a logarithmic axis.  Narrow columns, more
    than three, have their evidence in more and shorter lines.
    """
    if not len(chosen) or not map.spectrum.size:
        return placeholder.draw("Average spectrograms", "the behavior map has no regions")
    order, parts = rows_by_part(map.channels)
    columns = min(len(chosen), columns)
    rows = -(-len(chosen) // columns)
    narrow = columns > 3
    height = max(28.0, 1.95 * len(parts))
    wide = (style.SINGLE, 130, style.DOUBLE)[min(columns, 3) - 1]
    fig = style.figure(wide, 16 + (height + (18 if narrow else 11)) * rows)
    panels = fig.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    values = map.spectrum[chosen][:, order]
    finite = values[np.isfinite(values)]
    highest = float(np.quantile(finite, 0.998)) if len(finite) else 1.0
    edges = frequency_edges(map.frequencies)
    ends = np.cumsum([0, *parts.values()])
    for ax, k, picture in zip(panels.flat, chosen, values, strict=False):
        shown = ax.pcolormesh(
            edges, np.arange(len(order) + 1), picture, cmap=style.AMPLITUDE, vmin=0,
            vmax=highest or 1.0, rasterized=True,
        )  # fmt: skip
        ax.set_facecolor(style.LIGHT)
        above = title(map, int(k), table, narrow)
        ax.set_title(above, fontsize=style.TINY if narrow else style.SMALL)
        if not map.points[k]:
            ax.text(0.5, 0.5, "no training points", transform=ax.transAxes, ha="center")
    for ax, name in zip(panels.flat[: len(chosen)], letters, strict=False):
        style.letter(ax, name)
    for ax in panels.flat[len(chosen) :]:
        ax.remove()
    _axes(panels, len(chosen), edges, ends, list(parts))
    bar = fig.colorbar(shown, ax=panels[:, -1] if len(chosen) == panels.size else fig.axes,
                       shrink=0.5, pad=0.02)  # fmt: skip
    bar.set_label("mean amplitude (share of all parts and frequencies)")
    bar.outline.set_linewidth(0.4)
    style.powers(bar)
    return fig


def title(map: BehaviorMap, region: int, table: pd.DataFrame | None, narrow: bool = False) -> str:
    """Number, share of frames, and below in two lines, or three short ones, its evidence."""
    share = f"{float(np.nan_to_num(map.occupancy[region])):.1%} of frames"
    name = f"region {style.plain(map.title(region + 1))}:"
    lines = [name, share] if narrow else [f"{name} {share}"]
    if table is not None and len(table):
        evidence = str(table["evidence"].iloc[region])
        lines += short(evidence, *(FEW if narrow else WIDE))
    return "\n".join(lines)


def short(evidence: str, width: int, lines: int = 2) -> list[str]:
    """As many whole facts as fit, in ``lines`` lines; the last fact (the speed) is kept.

    >>> short("all legs 9 Hz (2.0x); head 9 Hz (1.5x); 14.1 mm/s", 24)
    ['all legs 9 Hz (2.0x)', '14.1 mm/s']
    """
    facts = evidence.split("; ")
    while True:
        wrapped = textwrap.wrap("; ".join(facts).replace(" ", "\0").replace(";\0", "; "), width)
        if len(wrapped) <= lines or len(facts) <= 1:
            return [line.replace("\0", " ").rstrip(";") for line in wrapped]
        del facts[-2]


def _axes(panels: np.ndarray, shown: int, edges: np.ndarray, ends: np.ndarray, parts: list[str]):
    columns = panels.shape[1]
    first = panels[0, 0]
    first.set(xscale="log", ylim=(ends[-1], 0), xlim=(edges[0], edges[-1]))
    first.set_yticks((ends[:-1] + ends[1:]) / 2, parts, fontsize=style.TINY)
    ticks = [f for f in (0.5, 1, 2, 5, 10, 20, 50, 100, 200) if edges[0] <= f <= edges[-1]]
    for ax in panels.flat[:shown]:
        ax.tick_params(axis="y", length=0, labelsize=style.TINY)
        ax.spines[:].set_visible(False)
        ax.hlines(ends[1:-1], edges[0], edges[-1], color="white", lw=0.25)
        ax.set_xticks(ticks, [f"{f:g}" for f in ticks])
        ax.minorticks_off()
        spec = ax.get_subplotspec()
        below = spec.rowspan.start * columns + spec.colspan.start + columns < shown
        ax.tick_params(labelbottom=not below, labelleft=spec.is_first_col())
        ax.set_xlabel("" if below else "frequency (Hz)")


def rows_by_part(channels: list[str]) -> tuple[list[int], dict[str, int]]:
    """Order of the channels with each part's axes together, and the rows of each part.

    >>> rows_by_part(["head x", "neck x", "head y", "neck y"])
    ([0, 2, 1, 3], {'head': 2, 'neck': 2})
    """
    grouped: dict[str, list[int]] = {}
    for k, channel in enumerate(channels):
        grouped.setdefault(channel.rsplit(" ", 1)[0], []).append(k)
    order = [k for rows in grouped.values() for k in sorted(rows, key=lambda k: channels[k])]
    return order, {part: len(rows) for part, rows in grouped.items()}


def frequency_edges(frequencies: list[float]) -> np.ndarray:
    """Edges half-way, on a logarithmic scale, between ascending centre frequencies.

    >>> frequency_edges([1, 4, 16]).tolist()
    [0.5, 2.0, 8.0, 32.0]
    """
    log = np.log2(np.asarray(frequencies, float))
    if len(log) == 1:
        return 2 ** (log[0] + np.array([-0.5, 0.5]))
    middle = (log[:-1] + log[1:]) / 2
    return 2 ** np.concatenate([[2 * log[0] - middle[0]], middle, [2 * log[-1] - middle[-1]]])
