"""Measured against true on synthetic animals that were never labeled (no figure of the paper)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from leap_core.figures import style

if TYPE_CHECKING:
    import pandas as pd


MET, MISSED = style.GREEN, style.VERMILLION
_BOUND = {"lower": "≤ ", "higher": "≥ ", "zero": "within ±"}
_ROW = 4.1  # mm


@style.styled
def draw(results: dict[str, dict], behaviors: pd.DataFrame, panels: Any) -> Figure:
    """Table of all measures with their targets; behind it errors, speed, stance, gait, behavior.

    Args:
        results: content of ``validation.json``.
        behaviors: content of ``validation_behaviors.csv``.
        panels: counts, :class:`leap_core.containers.Panels`.
    """
    shown = {
        key: entry
        for key, entry in results.items()
        if entry["value"] is not None or entry["pass"] is not None
    }
    table = 7 + _ROW * (len(shown) + 2)
    map_height = max(40.0, 12 + 4.2 * len(behaviors))
    fig = style.figure(style.DOUBLE, table + map_height + 48)
    top, middle, bottom = style.sheets(fig, 3, 1, height_ratios=[table, 48, map_height])
    _table(top.subplots(), shown, len(results) - len(shown), panels.recordings)
    axes = [*middle.subplots(1, 4, width_ratios=[1.2, 1, 0.8, 1.2]), bottom.subplots()]
    _errors(axes[0], panels)
    _speed(axes[1], panels)
    _stance(axes[2], results, panels)
    _gait(axes[3], panels)
    _regions(axes[4], behaviors, panels)
    for ax, letter in zip(axes, "bcdef", strict=True):
        style.letter(ax, letter)
    return fig


def _table(ax: Axes, results: dict[str, dict], without: int, recordings: list[str]) -> None:
    """One line per measure, its verdict in words and colour; ``without``: how many have none."""
    style.image_axes(ax)
    ax.set(xlim=(-0.03, 1), ylim=(len(results) + 1.6, -0.8))
    evaluated = [entry["pass"] for entry in results.values() if entry["pass"] is not None]
    where = f"never labeled: {', '.join(recordings)}" if recordings else "no unlabeled recording"
    ax.set_title(f"{sum(evaluated)} of {len(evaluated)} targets met ({where})", x=0.03 / 1.03)
    style.letter(ax, "a", dx_pt=11)
    columns = {"measure": (0.0, "left"), "value": (0.64, "right"), "": (0.65, "left"),
               "target": (0.73, "left"), "verdict": (0.835, "left")}  # fmt: skip
    for name, (x, side) in columns.items():
        ax.text(x, 0, name, ha=side, va="center", color=style.GREY, fontsize=style.SMALL)
    for row, entry in enumerate(results.values(), start=1):
        ax.plot([0, 1], [row - 0.5] * 2, color=style.LIGHT, lw=0.4)
        value, target, met = entry["value"], entry["target"], entry["pass"]
        shown = _number(value, entry["units"]) if value is not None else "–"
        if value is None and met is False:
            shown = "nothing found"
        bound = "" if target is None else f"{_BOUND[entry['better']]}{target:g}"
        verdict, colour = {True: ("met", MET), False: ("missed", MISSED)}.get(met, ("", style.GREY))
        cells = (entry["what"].rstrip("."), shown, entry["units"], bound, verdict)
        for (x, side), text in zip(columns.values(), cells, strict=True):
            last = x == columns["verdict"][0]
            ax.text(x + 0.02 * last, row, text, ha=side, va="center",
                    color=colour if last else style.BLACK,
                    fontweight="bold" if last and met is False else "normal")  # fmt: skip
        if met is not None:
            ax.plot(0.84, row, "o" if met else "X", color=colour, ms=4, mew=0)
    if without:
        ax.plot([0, 1], [len(results) + 0.5] * 2, color=style.LIGHT, lw=0.4)
        ax.text(0, len(results) + 1, f"{without} further measures have nothing to compare here",
                va="center", color=style.GREY)  # fmt: skip


def _number(value: float, units: str) -> str:
    """Three decimals for shares, about three digits for the rest."""
    if units == "frames" and value == int(value):
        return f"{int(value)}"
    digits = 3 if not units or abs(value) < 0.1 else 2
    return f"{value:.{digits}f}".replace("-", "−")


def _errors(ax: Axes, panels: Any) -> None:
    """Share of parts within each distance of their true place."""
    if not panels.error_counts.sum():
        return style.message(ax, "no poses to compare")
    edges = np.asarray(panels.error_edges)
    for name, counts in zip(panels.groups, panels.error_counts, strict=True):
        colour = style.GROUP_COLOURS.get(name, style.GREY)
        share = np.concatenate([[0], np.cumsum(counts)]) / max(counts.sum(), 1)
        look: dict[str, Any] = (
            {"color": style.BLACK, "lw": 1.6} if name == "all" else {"color": colour, "lw": 0.9}
        )
        ax.plot(edges[:-1], share[:-1], label=name, zorder=3 if name == "all" else 2, **look)
    ax.set(xlabel="pose error (px)", ylabel="share of parts within", ylim=(0, 1.02))
    most = np.cumsum(panels.error_counts[0]) >= 0.95 * panels.error_counts[0].sum()
    ax.set_xlim(0, np.clip(edges[:-1][most.argmax()], 8, edges[-2]))
    ax.axvline(5, ymin=0.75, color=style.GREY, lw=0.5, ls=":")
    look = {"fontsize": style.SMALL, "labelspacing": 0.2, "handlelength": 1, "borderpad": 0}
    ax.legend(loc="lower right", frameon=True, framealpha=0.85, edgecolor="none", **look)
    ax.set_title("Pose")


def _speed(ax: Axes, panels: Any) -> None:
    """Measured against true forward velocity of walking frames."""
    if not panels.speed_counts.sum():
        return style.message(ax, "no walking to compare")
    edges = np.asarray(panels.speed_edges)
    counts = np.ma.masked_equal(panels.speed_counts.T, 0)
    ax.pcolormesh(edges, edges, counts, cmap=style.DENSITY, norm="log", rasterized=True)
    seen = np.flatnonzero(panels.speed_counts.any(axis=1) | panels.speed_counts.any(axis=0))
    top = min(edges[-1], 5 * np.ceil(edges[seen[-1] + 1] / 5))
    ax.plot([0, top], [0, top], color=style.GREY, lw=0.5, zorder=0)
    ax.set(xlim=(0, top), ylim=(0, top), xlabel="true speed (mm/s)", ylabel="measured (mm/s)")
    ax.set_box_aspect(1)
    ax.locator_params(nbins=4)
    ax.set_title("Forward speed")


def _stance(ax: Axes, results: dict[str, dict], panels: Any) -> None:
    """Share of walking frames in which each leg's swing or stance is the true one."""
    walked = np.asarray(panels.walking_frames)
    if not walked.sum():
        return style.message(ax, "no steps to compare")
    share = panels.stance_right / np.maximum(walked, 1)
    colours = [style.LEG_COLOURS.get(style.leg_code(leg), style.GREY) for leg in panels.legs]
    ax.scatter(range(len(share)), share, c=colours, s=22, zorder=3)
    ax.set_xticks(range(len(share)), panels.legs, fontsize=style.SMALL)
    low = min(0.8, np.floor(20 * share.min()) / 20)
    ax.set(ylim=(low, 1), xlim=(-0.6, len(share) - 0.4), ylabel="share of frames right")
    ax.grid(axis="y", color=style.LIGHT, lw=0.4)
    target = results.get("stance_accuracy", {}).get("target")
    if target:
        ax.axhline(target, color=style.BLACK, lw=0.8, ls="--")
        ax.text(len(share) - 0.45, low + 0.003, "dashed: target", ha="right", fontsize=style.SMALL)
    ax.set_title("Swing and stance")


def _gait(ax: Axes, panels: Any) -> None:
    """Measured gait modes of each true one."""
    if not panels.gait_counts.sum():
        return style.message(ax, "no gait modes to compare")
    names = [name.replace("-", "-\n") for name in panels.gaits]
    _matrix(ax, panels.gait_counts, names, [*names, "none"])
    ax.tick_params(axis="both", labelsize=style.TINY)
    ax.set(xlabel="measured", ylabel="true")
    ax.set_title("Gait mode (% of true)")


def _regions(ax: Axes, behaviors: pd.DataFrame, panels: Any) -> None:
    """Where each behavior lies on the map, row by row; its own region framed."""
    counts, lost = np.asarray(panels.region_counts), np.asarray(panels.no_data)
    if not counts.sum() + lost.sum():
        return style.message(ax, "no behavior to compare")
    # regions in the order of the behavior that fills them: agreement shows as a diagonal
    inside = counts[:, 1:]
    order = sorted(
        range(inside.shape[1]), key=lambda k: (int(inside[:, k].argmax()), -inside[:, k].max())
    )
    columns = [k + 1 for k in order if inside[:, k].any()] + [0]
    words = [name.replace("_", " ") for name in panels.behaviors]
    names = [*map(str, columns), "no\ndata"]
    _matrix(ax, np.column_stack([counts[:, columns], lost]), words, names, limit=0.005)
    if len(columns) > 25:
        ax.tick_params(axis="x", labelsize=style.TINY)
    for row, (main, own) in enumerate(
        zip(behaviors["main_region"], behaviors["own_region"], strict=True)
    ):
        if own == "yes" and main in columns:
            corner = (columns.index(main) - 0.5, row - 0.5)
            look: dict[str, Any] = {
                "fill": False,
                "ec": style.BLACK,
                "lw": 1.0,
                "zorder": 4,
                "clip_on": False,
            }
            ax.add_patch(Rectangle(corner, 1, 1, **look))
    recall = [f"{r:.0%}" if np.isfinite(r) else "–" for r in behaviors["recall"]]
    precision = [f"{p:.0%}" if np.isfinite(p) else "–" for p in behaviors["precision"]]
    for x, head, values in ((1.03, "recall", recall), (1.10, "precision", precision)):
        place: dict[str, Any] = {
            "transform": ax.get_yaxis_transform(),
            "ha": "center",
            "va": "center",
        }
        for row, value in enumerate(values):
            ax.text(x, row, value, fontsize=style.SMALL, **place)
        ax.text(x, -0.95, head, fontsize=style.SMALL, color=style.GREY, **place)
    ax.set(xlabel="region of the behavior map (0: between regions)", ylabel="true behavior")
    ax.set_title("Behavior (% of each behavior's frames; framed: its own region)")


def _matrix(
    ax: Axes, counts: np.ndarray, rows: list[str], columns: list[str], limit: float = 0.0
) -> None:
    """Row-normalised counts as a heat map with percentages above ``limit``."""
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    ax.imshow(share, cmap="Blues", vmin=0, vmax=1.15, aspect="auto")
    for row, column in np.argwhere(share > limit):
        dark = share[row, column] > 0.6
        ax.text(column, row, f"{100 * share[row, column]:.0f}", ha="center", va="center",
                fontsize=style.TINY, color="white" if dark else style.BLACK)  # fmt: skip
    ax.set_xticks(range(len(columns)), columns, fontsize=style.SMALL)
    ax.set_yticks(range(len(rows)), rows, fontsize=style.SMALL)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
