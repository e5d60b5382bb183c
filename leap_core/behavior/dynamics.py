"""Behavior in time: how long each region lasts, and what follows it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from leap_core import config
from leap_core.containers import Behavior, Dynamics
from leap_core.errors import UserError
from leap_core.timeseries import require_fps, runs

PER_DECADE = 8  # bins of dwell times
DRAWS = 400  # tables without memory that chance is the mean of
DRAWN_ROUNDS = 50  # of fitting such a table: the divergence has settled after 20
COLUMNS = {
    "recording": str,
    "stretch": np.int64,
    "region": np.int64,
    "start_frame": np.int64,
    "frames": np.int64,
    "seconds": float,
    "start_seen": bool,
    "end_seen": bool,
    "whole": bool,
}


def bouts(behavior: Behavior, max_break_s: float) -> pd.DataFrame:
    """Visits of one recording to regions, one row each, in time.

    A stay between regions (0) of up to ``max_break_s`` inside one region continues the bout.  No
    data (-1), a gap in the frame numbers and the recording's ends cut a bout: its start or end is
    then not seen, nor where only such a short stay lies between it and the cut.  ``whole`` means
    that both were seen.

    Returns:
        Columns recording, stretch (of data without a gap, from 0), region, start_frame (number
        in the video), frames, seconds, start_seen, end_seen, whole.

    Raises:
        UserError: no frame rate.
    """
    require_fps(behavior.fps, f"recording {behavior.recording}")
    most = max_break_s * behavior.fps + 1e-6
    pieces = [
        _bouts(behavior.region[start:stop].astype(np.int64), most) + [start, start, 0, 0, 0]
        for start, stop in _known(behavior)
    ]
    found = np.concatenate([np.zeros((0, 5), np.int64), *pieces])
    start, stop, region, starts, ends = found.T
    table = {
        "recording": [behavior.recording] * len(found),
        "stretch": np.repeat(np.arange(len(pieces)), [len(p) for p in pieces]),
        "region": region,
        "start_frame": behavior.frame[start],
        "frames": stop - start,
        "seconds": (stop - start) / behavior.fps,
        "start_seen": starts,
        "end_seen": ends,
        "whole": starts & ends,
    }
    return pd.DataFrame(table).astype(COLUMNS)


def _known(behavior: Behavior) -> np.ndarray:
    """Stretches (start, stop) of rows with data and consecutive frame numbers."""
    known = runs(behavior.region >= 0)
    jumps = np.flatnonzero(np.diff(behavior.frame) != 1) + 1
    pieces = [[start, *jumps[(jumps > start) & (jumps < stop)], stop] for start, stop in known]
    return np.array(
        [pair for p in pieces for pair in zip(p[:-1], p[1:], strict=True)], int
    ).reshape(-1, 2)


def _bouts(region: np.ndarray, most: float) -> np.ndarray:
    """Rows (start, stop, region, start seen, end seen) of one stretch without missing data."""
    region = region.copy()
    away = runs(region == 0)
    for start, stop in away[np.diff(away, axis=1)[:, 0] <= most]:
        inner = start > 0 and stop < len(region)
        if inner and region[start - 1] == region[stop]:
            region[start:stop] = region[stop]
    edge = np.flatnonzero(np.diff(region)) + 1
    stretches = np.stack([np.r_[0, edge], np.r_[edge, len(region)]], axis=1)
    inside = stretches[region[stretches[:, 0]] > 0]
    if not len(inside):
        return np.zeros((0, 5), np.int64)
    seen = np.ones((len(inside), 2), np.int64)
    # A short stay between regions before the first bout may have been inside a longer one.
    seen[0, 0] = inside[0, 0] > most
    seen[-1, 1] = len(region) - inside[-1, 1] > most
    return np.column_stack([inside, region[inside[:, 0]], seen])


def transitions(table: pd.DataFrame, regions: int, max_between_s: float, fps: float) -> np.ndarray:
    """Counts of one region followed by another, (region, next), in one recording.

    Successive bouts of one stretch of data count when they lie at most ``max_between_s`` apart.
    The same region again is not counted.

    Args:
        table: of :func:`bouts`.
        regions: of the map.
        max_between_s: longest time between regions, s.
        fps: frames per second.
    """
    counts = np.zeros((regions, regions), np.int64)
    region = table["region"].to_numpy() - 1
    start, frames = table["start_frame"].to_numpy(), table["frames"].to_numpy()
    between = (start[1:] - start[:-1] - frames[:-1]) / fps
    follows = np.diff(table["stretch"]) == 0
    follows &= (between <= max_between_s + 1e-9) & (region[1:] != region[:-1])
    np.add.at(counts, (region[:-1][follows], region[1:][follows]), 1)
    return counts


def kaplan_meier(seconds: np.ndarray, ended: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Share of bouts that last longer than each of the times at which one ended.

    Args:
        seconds: (bout,) length, or how long it was seen where its end was not.
        ended: (bout,) its end was seen; else the bout was censored at ``seconds``.

    Returns:
        Ascending times at which bouts ended and the share that lasts longer.

    >>> kaplan_meier(np.array([1.0, 2.0, 3.0]), np.array([True, False, True]))[1].round(3).tolist()
    [0.667, 0.0]
    """
    seconds, ended = np.asarray(seconds, float), np.asarray(ended, bool)
    times, deaths = np.unique(seconds[ended], return_counts=True)
    at_risk = len(seconds) - np.searchsorted(np.sort(seconds), times, side="left")
    return times, np.cumprod(1 - deaths / at_risk)


def quasi_independent(counts: np.ndarray, rounds: int = 10000) -> np.ndarray:
    """Counts expected if the next region did not depend on the present one, but differed from it.

    Maximum likelihood under quasi-independence: row and column sums as observed, e_ij = a_i b_j
    off the diagonal and 0 on it, by iterative proportional fitting.

    >>> quasi_independent(np.array([[0, 2, 0], [0, 0, 2], [2, 0, 0]])).round(6).tolist()
    [[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 0.0]]
    """
    counts = np.asarray(counts, float)
    out = (1 - np.eye(len(counts))) * (counts.sum() > 0)
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    for _ in range(rounds):
        before = out
        for axis, wanted in ((1, rows), (0, columns)):
            have = out.sum(axis=axis, keepdims=True)
            factor = np.divide(np.expand_dims(wanted, axis), have, where=have > 0,
                               out=np.zeros_like(have))  # fmt: skip
            out = out * factor
        if np.abs(out - before).max(initial=0) < 1e-9 * max(counts.sum(), 1):
            break
    return out


def information(
    counts: np.ndarray, expected: np.ndarray, seed: int = 0, draws: int = DRAWS
) -> tuple[float, float]:
    """Bits per transition by which the present region tells the next one, beyond not staying.

    The first number is the divergence of the counts from ``expected``, that of
    :func:`quasi_independent`; the second is what counting alone would give on average if they
    were: the mean over ``draws`` tables of as many transitions from ``expected``, each against
    its own expected counts.  For many transitions it tends to degrees of freedom / 2 N ln 2.
    """
    total = counts.sum()
    if not total:
        return float("nan"), float("nan")
    rng = np.random.default_rng(seed)
    bits = _divergence(counts, expected)
    if not draws:
        return bits, float("nan")
    share = expected.ravel() / expected.sum()
    tables = rng.multinomial(int(total), share, size=draws).reshape(draws, *counts.shape)
    by_chance = [_divergence(t, quasi_independent(t, DRAWN_ROUNDS)) for t in tables]
    return bits, float(np.mean(by_chance))


def _divergence(counts: np.ndarray, expected: np.ndarray) -> float:
    """Of counts from expected counts of the same sum, bits per count."""
    here = counts > 0
    return float((counts[here] * np.log2(counts[here] / expected[here])).sum() / counts.sum())


def region_dynamics(
    behaviors: Iterable[Behavior], regions: int, settings: config.Behavior, draws: int = DRAWS
) -> tuple[Dynamics, pd.DataFrame]:
    """Dwell times of each region and transitions between them, over all recordings.

    Cut bouts are counted and left out of the histogram and the mean of whole bouts.  That mean
    is too short, since long bouts are cut more often: so the median and ``mean`` come from the
    Kaplan-Meier curve of the bouts whose start was seen, in which a bout whose end was not seen
    counts as one that lasts longer.  Bouts whose start was not seen stay out of it: they are long
    ones more often than not.  Where the curve does not reach a half the median is NaN, and where
    it does not reach 0 the mean is a lower bound.

    Args:
        behaviors: one at a time is held, so that those of a generator need the memory of one.
        regions: of the map.
        settings: section ``behavior``: ``max_break_s``, ``max_between_s``.
        draws: tables that ``chance`` is the mean of, which take most of the time; 0 = unknown.

    Returns:
        The numbers and the table of all bouts (see :func:`bouts`).

    Raises:
        UserError: no recordings, no frame rate, or regions that the map does not have.
    """
    tables, counts, names = [], np.zeros((regions, regions), np.int64), []
    for behavior in behaviors:
        if behavior.region.max(initial=0) > regions:
            raise UserError(
                f"recording {behavior.recording}: region {behavior.region.max()} of a map with "
                f"{regions}; make the behavior files again"
            )
        table = bouts(behavior, settings.max_break_s)
        counts += transitions(table, regions, settings.max_between_s, behavior.fps)
        tables.append(table)
        names.append(behavior.recording)
    if not tables:
        raise UserError("dynamics: no recordings; name at least one in `videos`")
    table = pd.concat(tables, ignore_index=True)
    expected = quasi_independent(counts)
    bits, chance = information(counts, expected, draws=draws)
    total = counts.sum(axis=1, keepdims=True)
    probability = np.divide(counts, total, where=total > 0, out=np.full(counts.shape, np.nan))
    return Dynamics(
        **_dwell(table, regions),
        counts=counts,
        probability=probability,
        expected=expected,
        information=bits,
        chance=chance,
        max_break_s=settings.max_break_s,
        max_between_s=settings.max_between_s,
        recordings=names,
    ), table


def _dwell(table: pd.DataFrame, regions: int) -> dict[str, np.ndarray]:
    """The fields of :class:`Dynamics` that describe how long bouts last."""
    seconds = table["seconds"].to_numpy()
    whole = table["whole"].to_numpy()
    used = seconds[whole]
    low, high = (used.min(), used.max()) if len(used) else (0.1, 1.0)
    first, last = np.floor(PER_DECADE * np.log10(low) + 1e-9), PER_DECADE * np.log10(high)
    edges = 10 ** (np.arange(first, np.floor(last + 1e-9) + 2) / PER_DECADE)
    out = {
        "whole": np.zeros(regions, np.int64),
        "cut": np.zeros(regions, np.int64),
        "seconds": np.zeros(regions),
        "mean_whole": np.full(regions, np.nan),
        "mean": np.full(regions, np.nan),
        "median": np.full(regions, np.nan),
        "dwell": np.zeros((regions, len(edges) - 1), np.int64),
        "dwell_edges": edges,
    }
    for k in range(regions):
        mine = (table["region"] == k + 1).to_numpy()
        both = mine & whole
        out["whole"][k], out["cut"][k] = both.sum(), (mine & ~whole).sum()
        out["seconds"][k] = seconds[mine].sum()
        if both.any():
            out["mean_whole"][k] = seconds[both].mean()
        out["dwell"][k] = np.histogram(seconds[both] * (1 + 1e-9), edges)[0]
        started = mine & table["start_seen"].to_numpy()
        if started.any():
            lengths, ended = seconds[started], table["end_seen"].to_numpy()[started]
            out["median"][k], out["mean"][k] = _middle(lengths, ended)
    return out


def _middle(seconds: np.ndarray, ended: np.ndarray) -> tuple[float, float]:
    """Median and mean of the Kaplan-Meier curve up to the longest bout."""
    times, lasting = kaplan_meier(seconds, ended)
    half = np.flatnonzero(lasting <= 0.5 + 1e-12)
    steps = np.diff(np.r_[0, times, seconds.max()])
    mean = float((steps * np.r_[1, lasting]).sum())
    return (float(times[half[0]]) if len(half) else float("nan")), mean


def transition_table(found: Dynamics) -> pd.DataFrame:
    """One row per pair of different regions: from, to, count, probability, expected, ratio."""
    rows, columns = np.nonzero(~np.eye(len(found.counts), dtype=bool))
    count, expected = found.counts[rows, columns], found.expected[rows, columns]
    return pd.DataFrame(
        {
            "from": rows + 1,
            "to": columns + 1,
            "count": count,
            "probability": found.probability[rows, columns].astype(float),
            "expected": expected,
            "ratio": np.divide(
                count, expected, where=expected > 0, out=np.full(len(count), np.nan)
            ),
        }
    )


def dwell_table(found: Dynamics) -> pd.DataFrame:
    """One row per region: bouts, total time and dwell times, s."""
    return pd.DataFrame(
        {
            "region": np.arange(len(found.whole)) + 1,
            "whole_bouts": found.whole,
            "cut_bouts": found.cut,
            "total_s": found.seconds,
            "median_s": found.median.astype(float),
            "mean_s": found.mean.astype(float),
            "mean_whole_s": found.mean_whole.astype(float),
        }
    )
