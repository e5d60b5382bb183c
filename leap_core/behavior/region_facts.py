"""The strongest measured facts of each region as text, so that a person can name it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from leap_core.containers import Refits, RegionStats

# A group moves in a region where its power is clearly above its mean over all frames, or, because
# one vigorous behavior can lift that mean above all others, above both of these: a share of the
# mean, and a multiple of its power in the stillest region.
MORE, LEAST, OVER_REST = 1.2, 0.1, 4.0
TOGETHER_SHARE = 0.5  # both sides are named when the weaker has this share of the stronger
WORTH_SHARE = 0.25  # weaker groups than this share of the strongest are no fact
SAME_FACTOR = 1.25  # two peak frequencies within this factor are one rhythm


def facts(stats: RegionStats, region: int, most: int = 3) -> list[tuple[str, float, float]]:
    """Part groups that move, strongest first: name, peak Hz, power over its mean.

    Left and right of a group are joined to "L+R" when they move alike; the ratio is then their
    mean.  Where every leg group moves at one rhythm it is "all legs".

    Args:
        stats: of all regions.
        region: its row, from 0.
        most: facts at most.
    """
    ratio = dict(zip(stats.groups, stats.group_power[region].astype(float), strict=True))
    rate = dict(zip(stats.groups, stats.group_peak[region].astype(float), strict=True))
    moves = dict(zip(stats.groups, moving(stats)[region], strict=True))
    found = [(g, rate[g], ratio[g]) for g in stats.groups if moves[g]]
    names = {g for g, _, _ in found}
    joined, used = [], set()
    legs = [g for g in stats.groups if "leg" in g]
    if len(legs) > 2 and names >= set(legs) and _alike([rate[g] for g in legs]):
        values = [ratio[g] for g in legs]
        if min(values) >= TOGETHER_SHARE * max(values) / 2:
            joined.append(("all legs", _middle([rate[g] for g in legs]), np.mean(values)))
            used |= set(legs)
    for name, hertz, times in sorted(found, key=lambda f: -f[2]):
        other = name[:-1] + {"L": "R", "R": "L"}.get(name[-1:], "")
        if name in used:
            continue
        used.add(name)
        if name[-2:] in (" L", " R") and other in names - used:
            if ratio[other] >= TOGETHER_SHARE * times and _alike([hertz, rate[other]]):
                used.add(other)
                name, times = f"{name[:-2]} L+R", (times + ratio[other]) / 2
                hertz = hertz if np.isfinite(hertz) else rate[other]
        joined.append((name, hertz, times))
    joined = [f for f in joined if f[2] >= WORTH_SHARE * max(f[2] for f in joined)]
    # Legs in one rhythm say more than whatever shakes along with them.
    return sorted(joined, key=lambda f: (f[0] != "all legs", -f[2]))[:most]


def moving(stats: RegionStats) -> np.ndarray:
    """(region, group) True where a part group moves, by the rule at the top of this module."""
    power = np.asarray(stats.group_power, float)
    if not power.size:
        return np.zeros(power.shape, bool)
    rest = np.where(np.isfinite(power), power, np.inf).min(axis=0)
    with np.errstate(invalid="ignore"):
        return (power > MORE) | ((power > LEAST) & (power > OVER_REST * rest))


def _alike(rates: list[float]) -> bool:
    known = [r for r in rates if np.isfinite(r)]
    return not known or max(known) <= SAME_FACTOR * min(known)


def _middle(rates: list[float]) -> float:
    """Median of those that are known; NaN without any."""
    known = [r for r in rates if np.isfinite(r)]
    return float(np.median(known)) if known else np.nan


def text(stats: RegionStats, region: int, most: int = 3) -> str:
    """One line, such as "forelegs L+R 8.6 Hz (5.2x); 0.1 mm/s"."""
    strong = facts(stats, region, most)
    said = [
        f"{name} {hertz:.1f} Hz ({times:.1f}x)" if np.isfinite(hertz) else f"{name} ({times:.1f}x)"
        for name, hertz, times in strong
    ]
    highest = np.nanmax(stats.group_power[region], initial=0) if stats.groups else 0
    if not said and stats.groups:
        said = [f"little moves (at most {highest:.1f}x)"]
    if np.isfinite(stats.speed[region]):
        said.append(f"{stats.speed[region] + 0.0:.1f} {stats.units}".replace("-0.0 ", "0.0 "))
    return "; ".join(said)


def region_table(
    stats: RegionStats,
    names: Sequence[str] = (),
    origins: Sequence[str] = (),
    refits: Refits | None = None,
) -> pd.DataFrame:
    """One row per region: numbers, strongest groups, gait shares, and the ``evidence`` line.

    ``found`` and ``group`` (see :mod:`.refits`) are empty where the map was not made again.

    Args:
        names: (region,) given by hand, or none.
        origins: (region,) what each was made of by hand, or none.
        refits: told of the same regions.
    """
    rows = []
    again = refits if refits is not None and refits.refitted.shape[1] else None
    for k in range(len(stats.occupancy)):
        row = {
            "region": k + 1,
            "name": names[k] if names else "",
            "made_of": origins[k] if origins else str(k + 1),
            "occupancy": stats.occupancy[k],
            "found": again.found[k] if again else np.nan,
            "merge_group": int(again.group[k]) if again else "",
            "locomotor": bool(stats.locomotor[k]),
            "speed": stats.speed[k],
            "speed_units": stats.units,
            "leg_peak_hz": stats.peak_frequency[k],
        }
        strong = facts(stats, k)
        for order in range(3):
            name, hertz, times = strong[order] if order < len(strong) else ("", np.nan, np.nan)
            row |= {f"group{order + 1}": name, f"group{order + 1}_hz": hertz}
            row |= {f"group{order + 1}_ratio": times}
        row |= {f"gait_{s}": v for s, v in zip(stats.states, stats.gait[k], strict=True)}
        rows.append(row | {"evidence": text(stats, k)})
    return pd.DataFrame(rows, columns=None if rows else ["region", "evidence"])
