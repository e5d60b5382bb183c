"""Groups compared measure by measure: effects, permutation tests, false discovery rate."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from leap_core import config
from leap_core.errors import UserError
from leap_core.groups import permutations
from leap_core.groups.effects import Effect, two_groups
from leap_core.groups.measures import mean_phase

COLUMNS = {
    "family": str,
    "measure": str,
    "units": str,
    "circular": bool,
    "first": str,
    "second": str,
    "n_first": np.int64,
    "n_second": np.int64,
    "mean_first": float,
    "mean_second": float,
    "difference": float,
    "low": float,
    "high": float,
    "hedges_g": float,
    "g_low": float,
    "g_high": float,
    "cliffs_delta": float,
    "interval": str,
    "arrangements": str,
    "smallest_p": float,
    "p": float,
    "q": float,
    "smallest_q": float,
    "verdict": str,
}
KEYS = ["family", "measure", "units", "circular"]
ALL = "all groups"  # `first` of the overall test of three or more
FOUND, NOT_FOUND, TOO_FEW, ALIKE = "differ", "not told apart", "too few recordings", "all alike"


def compare(measures: pd.DataFrame, settings: config.Groups, seed: int) -> pd.DataFrame:
    """All pairs of groups in every measure, and of three or more groups all at once.

    The unit is the video, or what ``videos[].unit`` names: the recordings of a unit (animals in
    one video) are averaged first, since they are not independent of each other.

    ``p`` is that of :func:`leap_core.groups.permutations.p_values`.  ``q`` is p after the
    correction of Benjamini and Hochberg over a family of measures: over all its pairs of groups,
    and apart from them over its overall tests.  Where the smallest p that so few units can have
    exceeds ``settings.level``, nothing could be found: there is no p then, the verdict says
    "too few recordings", and the test counts in no correction.  ``smallest_q`` is the least q
    of a measure that differs alone in its family: the smallest p times the tests in it.

    Args:
        measures: of :func:`leap_core.groups.measures.long_table`.
        settings: section ``groups``.
        seed: of permutations and bootstrap draws.

    Returns:
        Columns :data:`COLUMNS`, one row per measure and comparison: differences are second less
        first, in the order in which the groups are first named; ``arrangements`` their number,
        with "drawn" where it is above ``settings.permutations``.

    Raises:
        UserError: fewer than two groups.
    """
    groups = list(dict.fromkeys(measures["group"]))
    if len(groups) < 2:
        raise UserError(
            f"groups: only {', '.join(map(repr, groups)) or 'no group'} to compare; name two or "
            "more in `videos[].group`"
        )
    units = unit_values(measures)
    found = []
    keys = measures[KEYS].drop_duplicates()
    for pair in itertools.combinations(groups, 2):
        found += _compared(keys, units[units["group"].isin(pair)], list(pair), settings, seed)
    if len(groups) > 2:
        found += _compared(keys, units, groups, settings, seed)
    table = pd.DataFrame(found)
    table["q"], table["smallest_q"] = corrected(table)
    table["verdict"] = [_verdict(row, settings) for row in table.to_dict("records")]
    order = {name: k for k, name in enumerate(_names(keys))}
    table["place"] = [order[name] for name in _names(table)]
    table["pair"] = table["first"] != ALL
    table = table.sort_values(["place", "pair"], kind="stable").reset_index(drop=True)
    return table[list(COLUMNS)].astype(COLUMNS)


def unit_values(measures: pd.DataFrame) -> pd.DataFrame:
    """The mean over the recordings of each unit, phases as angles; units without a value left out.

    Returns:
        Columns family, measure, units, circular, unit, group, block, value.
    """
    known = measures[measures["value"].notna()]
    columns = [*KEYS, "unit", "group", "block"]
    rows = [
        (*key, _mean(own.to_numpy(), bool(key[3])))
        for key, own in known.groupby(columns, sort=False)["value"]
    ]
    table = pd.DataFrame(rows, columns=[*columns, "value"])
    return table[table["value"].notna()]


def _names(table: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(table["family"], table["measure"], strict=True))


def _compared(
    keys: pd.DataFrame,
    units: pd.DataFrame,
    groups: list[str],
    settings: config.Groups,
    seed: int,
) -> list[dict[str, Any]]:
    """Rows of one pair of groups, or of all; measures of the same units are tested together."""
    parts = dict(list(units.groupby(KEYS, sort=False)))
    sets: dict[tuple, list[tuple[tuple, pd.DataFrame]]] = {}
    for key in keys.itertuples(index=False, name=None):
        own = parts.get(key, units.iloc[:0]).sort_values("unit", kind="stable")
        sets.setdefault((bool(key[3]), *own["unit"]), []).append((key, own))
    found = []
    for (circular, *_), members in sets.items():
        one = members[0][1]
        group = one["group"].map(groups.index).to_numpy(int)
        block = np.unique(one["block"], return_inverse=True)[1]
        values = np.stack([own["value"].to_numpy() for _, own in members], axis=1)
        most = settings.permutations
        number = permutations.arrangements(group, block)
        least = permutations.smallest_p(group, block, most)
        p = np.full(len(members), np.nan)
        if least <= settings.level and (varied := np.ptp(values, axis=0) > 0).any():
            p[varied] = permutations.p_values(
                values[:, varied], group, block, most=most, seed=seed, circular=circular
            )
        drawn = f"{most} drawn" if number > most else str(number)
        for k, (key, _) in enumerate(members):
            row = dict(zip(KEYS, key, strict=True))
            row |= _sides(values[:, k], group, block, groups, circular, settings.bootstrap, seed)
            found.append(row | {"arrangements": drawn, "smallest_p": least, "p": p[k]})
    return found


def _sides(
    values: np.ndarray,
    group: np.ndarray,
    block: np.ndarray,
    groups: list[str],
    circular: bool,
    draws: int,
    seed: int,
) -> dict[str, Any]:
    """Names, numbers and means of both groups, and the effect; of all groups their number only."""
    if len(groups) > 2:
        names = {"first": ALL, "second": "", "n_first": len(values), "n_second": 0}
        return names | {"mean_first": np.nan, "mean_second": np.nan} | _effect(Effect())
    sides = [values[group == k] for k in (0, 1)]
    means = [_mean(own, circular) for own in sides]
    effect = Effect()
    if all(map(len, sides)):
        effect = two_groups(values, group == 1, block, draws=draws, seed=seed, circular=circular)
    return {
        "first": groups[0],
        "second": groups[1],
        "n_first": len(sides[0]),
        "n_second": len(sides[1]),
        "mean_first": means[0],
        "mean_second": means[1],
    } | _effect(effect)


def _mean(values: np.ndarray, circular: bool) -> float:
    if not len(values):
        return float("nan")
    return mean_phase(values)[0] if circular else float(values.mean())


def _effect(effect: Effect) -> dict[str, Any]:
    return {
        "difference": effect.difference,
        "low": effect.low,
        "high": effect.high,
        "hedges_g": effect.g,
        "g_low": effect.g_low,
        "g_high": effect.g_high,
        "cliffs_delta": effect.delta,
        "interval": effect.interval,
    }


def corrected(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Each row's q (Benjamini and Hochberg 1995) within its family, and its smallest q alone.

    Overall tests and pairs of a family are corrected apart; rows without a p have neither.
    """
    q, alone = np.full((2, len(table)), np.nan)
    p, least = table["p"].to_numpy(float), table["smallest_p"].to_numpy(float)
    overall = (table["first"] == ALL).to_numpy()
    for family in set(table["family"]):
        for kind in (True, False):
            own = (table["family"] == family).to_numpy() & (overall == kind) & np.isfinite(p)
            if own.any():
                q[own] = stats.false_discovery_control(p[own])
                alone[own] = np.minimum(least[own] * own.sum(), 1)
    return q, alone


def _verdict(row: dict[str, Any], settings: config.Groups) -> str:
    if row["smallest_p"] > settings.level:
        of = f"arrangements: {row['arrangements']}"
        return f"{TOO_FEW}: smallest p {row['smallest_p']:.3g}, {of}"
    if not np.isfinite(row["p"]):
        return ALIKE
    if row["q"] <= settings.level:
        return FOUND
    if row["smallest_q"] > settings.level:
        return f"{NOT_FOUND}; too few recordings if alone: smallest q {row['smallest_q']:.2g}"
    return NOT_FOUND


def read(path: str | Path) -> pd.DataFrame:
    """A table that :func:`compare` gave, from its CSV; words such as "NA" stay words."""
    numbers = {name: [""] for name, kind in COLUMNS.items() if kind is float}
    return pd.read_csv(path, keep_default_na=False, na_values=numbers, dtype=COLUMNS)
