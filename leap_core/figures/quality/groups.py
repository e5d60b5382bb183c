"""Groups of recordings: each recording's measures, and how far the groups lie apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from leap_core.figures import style
from leap_core.groups import comparison as compared
from leap_core.groups.measures import PHASES, mean_phase

if TYPE_CHECKING:
    import pandas as pd

MOST = 12  # measures of a family that are shown
ROW_MM, HEAD_MM = 4.2, 14.0  # height of a row for two groups, and of a panel's title and axis
FAR = 8.0  # effects are drawn up to here, in standard deviations
LONG, WIDE = 30, 115  # characters that fit below an axis, and into a line of the legend
NO_UNITS = ("0 to 1", "probability", "share")  # said by the name of the family or measure


@style.styled
def draw(measures: pd.DataFrame, comparison: pd.DataFrame, level: float) -> Figure:
    """Per family of measures: recordings by group on the left, effects on the right.

    Args:
        measures: of :func:`leap_core.groups.measures.long_table`.
        comparison: of :func:`leap_core.groups.comparison.compare`.
        level: of the false discovery rate.
    """
    groups = list(dict.fromkeys(measures["group"]))
    units = compared.unit_values(measures)
    shown = {family: _shown(own) for family, own in comparison.groupby("family", sort=False)}
    row = ROW_MM * (1 + 0.35 * (len(groups) - 2))
    rows = [len(names) for names in shown.values()]
    fig = style.figure(style.DOUBLE, 12 + HEAD_MM * len(rows) + row * sum(rows))
    axes = fig.subplots(len(rows), 2, squeeze=False, height_ratios=rows, width_ratios=[1.25, 1])
    _head(fig, groups, units, comparison, level)
    for pair, (family, names) in zip(axes, shown.items(), strict=True):
        own = comparison[comparison["family"] == family]
        _family(pair, family, names, own, units[units["family"] == family], groups)
    straight = [pair for pair, family in zip(axes, shown, strict=True) if family != PHASES]
    for column, least, most in ((0, 2.0, np.inf), (1, 1.0, FAR)):
        _same_axis([pair[column] for pair in straight], least, most)
    return fig


def _same_axis(axes: list[Axes], least: float, most: float) -> None:
    """One scale for all families, which holds -least to least and at most -most to most."""
    limits = np.array([ax.get_xlim() for ax in axes if ax.get_xlabel()])
    if not len(limits):
        return
    for ax in axes:
        if ax.get_xlabel():
            low, high = min(limits.min(), -least), max(limits.max(), least)
            ax.set_xlim(max(low, -most), min(high, most))


def _shown(own: pd.DataFrame) -> list[str]:
    """The measures of a family to show, in its order: of many those with the smallest p."""
    names = list(dict.fromkeys(own["measure"]))
    if len(names) <= MOST:
        return names
    p = own.groupby("measure")["p"].min().fillna(1)
    size = own["hedges_g"].abs().fillna(0).groupby(own["measure"]).max()
    best = sorted(names, key=lambda name: (p[name], -size[name], names.index(name)))[:MOST]
    return [name for name in names if name in best]


def _head(
    fig: Figure, groups: list[str], units: pd.DataFrame, comparison: pd.DataFrame, level: float
) -> None:
    """Names and colours of the groups, and what was found in all."""
    verdicts = comparison["verdict"]
    tested = int(comparison["p"].notna().sum())
    text = (
        f"{(verdicts == compared.FOUND).sum()} of {style.count(tested, 'test')} found at a false "
        f"discovery rate of {level:g} in each family (filled)"
    )
    few = comparison[verdicts.str.startswith(compared.TOO_FEW)]
    if len(few):
        text = f"{text};\n" if tested else ""
        text += f"{compared.TOO_FEW} for {style.count(len(few), 'test')}: {_least(few)}"
    dots = []
    for group, colour in zip(groups, _colours(groups), strict=True):
        number = units["unit"][units["group"] == group].nunique()
        label = f"{group} (n = {number})"
        dots.append(Line2D([], [], marker="o", ls="", ms=4, color=colour, mew=0, label=label))
    legend = fig.legend(
        handles=dots,
        title=text,
        title_fontsize=style.TEXT,
        alignment="left",
        loc="outside upper left",
        ncols=min(len(groups), 6, max(1, WIDE // (max(map(len, groups)) + 11))),
        borderaxespad=0,
        handletextpad=0.2,
        columnspacing=1.2,
    )
    legend.get_title().set_color(style.FLAG if len(few) else style.BLACK)


def _least(few: pd.DataFrame) -> str:
    """The smallest p that any of these tests could have, as the table has it."""
    told = few.loc[few["smallest_p"].idxmin(), "verdict"].partition(": ")[2]
    return told if few["smallest_p"].nunique() == 1 else f"{told}, or more"


def _colours(groups: list[str]) -> list[str]:
    return [style.CYCLE[k % len(style.CYCLE)] for k in range(len(groups))]


def _family(
    pair: np.ndarray,
    family: str,
    names: list[str],
    own: pd.DataFrame,
    units: pd.DataFrame,
    groups: list[str],
) -> None:
    left, right = pair
    circular = family == PHASES
    kinds = {name: own["units"][own["measure"] == name].iloc[0] for name in names}
    number = own["measure"].nunique()
    title = family if number == len(names) else f"{family}, {len(names)} of {number}"
    common = set(kinds.values())
    if len(common) == 1:
        title += f" ({common.pop()})"
    left.set_title(title)
    plain = {*NO_UNITS, *(kinds.values() if len(set(kinds.values())) == 1 else ())}
    labels = [n if kinds[n] in plain else f"{n} ({kinds[n]})" for n in names]
    for ax in (left, right):
        ax.set_ylim(len(names) - 0.5, -0.5)
        ax.axvline(0, color=style.LIGHT, lw=0.6, zorder=0)
        ax.spines["left"].set_visible(False)
        ax.tick_params(axis="y", length=0)
        for k in range(1, len(names)):
            ax.axhline(k - 0.5, color=style.LIGHT, lw=0.3, zorder=0)
    left.set_yticks(range(len(names)), labels, fontsize=style.SMALL)
    right.set_yticks([])
    for k, name in enumerate(names):
        mine = units[units["measure"] == name]
        _dots(left, k, mine, groups, circular)
        _effects(right, k, own[own["measure"] == name], groups, circular)
    against = f"{groups[1]} \N{MINUS SIGN} {groups[0]}" if len(groups) == 2 else f"from {groups[0]}"
    if len(against) > LONG:
        against = "second \N{MINUS SIGN} first" if len(groups) == 2 else "from the first"
    if circular:
        left.set_xlabel("cycles from the mean of all")
        for ax in (left, right):
            ax.xaxis.set_major_locator(MaxNLocator(4))
        right.set_xlabel(f"difference, cycles ({against})")
    else:
        left.set_xlabel("standard deviations from the mean of all")
        right.set_xlabel(f"Hedges' g ({against})")
    few = own["verdict"].str.startswith(compared.TOO_FEW).all()
    if few and not np.isfinite(own["hedges_g"].to_numpy(float)).any():
        right.clear()
        style.message(right, f"{compared.TOO_FEW}\n{_least(own)}")


def _dots(ax: Axes, row: int, mine: pd.DataFrame, groups: list[str], circular: bool) -> None:
    """One dot a unit, a tick at each group's mean, and the means in words."""
    values = mine["value"].to_numpy(float)
    if circular:
        middle, _ = mean_phase(values)
        place = (values - np.nan_to_num(middle) + 0.5) % 1 - 0.5
    else:
        spread = values.std() if len(values) else 0.0
        place = (values - values.mean()) / spread if spread > 0 else np.zeros(len(values))
    for k, (group, colour) in enumerate(zip(groups, _colours(groups), strict=True)):
        inside = (mine["group"] == group).to_numpy()
        y = row + _offset(k, len(groups))
        ax.plot(
            place[inside], np.full(inside.sum(), y), "o", ms=2.6, color=colour, mew=0, alpha=0.6
        )
        if not inside.any():
            text = "\N{EN DASH}"
        else:
            mean = mean_phase(values[inside])[0] if circular else values[inside].mean()
            tick = place[inside].mean()
            if circular:
                tick = (mean_phase(place[inside])[0] + 0.5) % 1 - 0.5
            ax.plot([tick, tick], [y - 0.16, y + 0.16], color=colour, lw=1.4, zorder=4)
            text = f"{round(mean, 2) % 1:.2f}" if circular else f"{mean:.3g}"
        ax.text(
            1.02 + 0.115 * k,
            row,
            text,
            transform=ax.get_yaxis_transform(),
            va="center",
            fontsize=style.TINY,
            color=colour,
        )


def _offset(k: int, count: int) -> float:
    return (k - (count - 1) / 2) * 0.72 / max(count, 2)


def _effects(ax: Axes, row: int, own: pd.DataFrame, groups: list[str], circular: bool) -> None:
    """Each group against the first, filled where it is found to differ, and q."""
    pairs = own[own["first"] == groups[0]]
    names = ("difference", "low", "high") if circular else ("hedges_g", "g_low", "g_high")
    for k, (_, pair) in enumerate(pairs.iterrows()):
        y = row + _offset(k, len(pairs))
        colour = style.BLACK if len(groups) == 2 else _colours(groups)[groups.index(pair["second"])]
        at, low, high = (pair[name] for name in names)
        ax.plot([low, high], [y, y], color=colour, lw=0.7, solid_capstyle="butt")
        fill = colour if pair["verdict"] == compared.FOUND else "white"
        ax.plot(at, y, "o", ms=3.2, mfc=fill, mec=colour, mew=0.7, zorder=4)
    whole = own[own["first"] == compared.ALL]
    told = (whole if len(whole) else pairs).iloc[0]
    found = told["verdict"] == compared.FOUND
    if np.isfinite(told["q"]):
        text = f"q = {told['q']:.3f}" if told["q"] >= 0.0005 else "q < 0.001"
    else:
        text = "too few" if told["verdict"].startswith(compared.TOO_FEW) else told["verdict"]
    ax.text(
        1.02,
        row,
        text,
        transform=ax.get_yaxis_transform(),
        va="center",
        fontsize=style.TINY,
        fontweight="bold" if found else "normal",
        color=style.BLACK if found else style.GREY,
    )
