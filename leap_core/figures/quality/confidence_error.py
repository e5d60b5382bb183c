"""Does confidence foretell the error, and how much to ask for (no figure of the paper)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leap_core.figures import placeholder, style

if TYPE_CHECKING:
    import pandas as pd


FEWEST_LABELS = 50  # labels without which tenths say nothing


@style.styled
def draw(table: pd.DataFrame, trust: dict[str, Any]) -> Figure:
    """Error against confidence of every label; precision and kept share against the threshold.

    Args:
        table: one row per test label; columns ``error_px`` and ``confidence``.
        trust: of :func:`leap_core.pose.precision.report`.
    """
    good = table[np.isfinite(table["error_px"]) & np.isfinite(table["confidence"])]
    if not len(good):
        return placeholder.draw("Confidence and error", "no labeled part with a confidence")
    fig = style.figure(style.DOUBLE, 72)
    left, right = fig.subplots(1, 2)
    confidence, error = (good[k].to_numpy(float) for k in ("confidence", "error_px"))
    most = 1.04 * max(1.0, confidence.max())
    _against(left, confidence, error, trust["close_px"])
    _thresholds(right, trust)
    for ax, text in ((left, "i"), (right, "ii")):
        ax.set_xlim(min(0, confidence.min()), most)
        style.letter(ax, text)
    images = style.count(good["sample"].nunique(), "test image")
    left.set_title(f"{images}, {len(good)} labels")
    return fig


def _against(ax: Axes, confidence: np.ndarray, error: np.ndarray, close_px: float) -> None:
    """Every label as a dot; median and 90 % of the error in tenths of the labels by confidence."""
    error = np.maximum(error, 1e-2)
    ax.plot(confidence, error, ".", ms=3, alpha=0.5, mew=0, color=style.BLUE, rasterized=True)
    if len(error) >= FEWEST_LABELS:
        tenths = np.array_split(np.argsort(confidence, kind="stable"), 10)
        at = [np.median(confidence[rows]) for rows in tenths]
        for share, mark, name in ((0.5, "o", "median"), (0.9, "^", "90 %")):
            line = [np.quantile(error[rows], share) for rows in tenths]
            look: dict[str, Any] = {"color": style.BLACK, "marker": mark, "ms": 3, "lw": 1.0}
            ax.plot(at, line, label=f"{name} of each tenth", **look)
        ax.legend(loc="upper right")
    ax.axhline(close_px, color=style.GREY, lw=0.7, ls="--", zorder=0)
    ax.set(yscale="log", xlabel="confidence (probability)", ylabel="error (px)")
    low, high = ax.get_ylim()
    ticks = [t for t in (0.01, 0.1, 1, 10, 100) if low <= t <= high]
    ax.set_yticks(ticks, [f"{t:g}" for t in ticks])


def _thresholds(ax: Axes, trust: dict[str, Any]) -> None:
    curve = {k: np.array(v, float) for k, v in trust["curve"].items()}
    at = curve["threshold"]
    close = f"{trust['close_px']:g} px"
    ax.plot(at, 100 * curve["precision"], color=style.BLACK, label=f"kept labels within {close}")
    ax.plot(at, 100 * curve["kept"], color=style.SKY, label="labels kept")
    lines = []
    for row in trust["wanted"]:
        wanted = f"{100 * row['wanted']:g} % within {close}: "
        if row["threshold"] is None:
            lines.append(wanted + "not reached")
            continue
        lines.append(wanted + f"from {row['threshold']:.2f}, keeps {100 * row['kept']:.0f} %")
        place = (row["threshold"], 100 * row["precision"])
        ax.plot([place[0]] * 2, [0, place[1]], color=style.VERMILLION, lw=0.7, zorder=1)
        ax.plot(*place, "o", ms=3.5, color=style.VERMILLION, gid=f"wanted {row['wanted']:g}")
    text: dict[str, Any] = {
        "fontsize": style.SMALL,
        "color": style.VERMILLION,
        "va": "bottom",
        "zorder": 5,
    }
    back = {"boxstyle": "square,pad=0.2", "fc": "white", "ec": "none", "alpha": 0.85}
    ax.text(0.03, 0.04, "\n".join(lines), transform=ax.transAxes, bbox=back, **text)
    ax.set(ylim=(0, 103), xlabel="lowest confidence that is kept", ylabel="labels (%)")
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2)
