"""How far two groups of recordings lie apart, with bootstrap intervals over recordings."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from leap_core.groups.permutations import counts_of

# from so many on, 95 % intervals held a true difference in 92 % of simulations or more
LEAST, LEAST_BLOCKS = 4, 5
LEVEL = 0.95
NAN = float("nan")
WITHIN, OVER = "within groups", "over blocks"


@dataclass(frozen=True)
class Effect:
    """Second group less first group; NaN where unknown.

    Attributes:
        difference, low, high: of means within blocks, in the measure's units; of phases the
            circular difference in cycles, from -0.5 to 0.5 (the interval may reach beyond).
        g, g_low, g_high: Hedges' g, the difference over the standard deviation within groups and
            blocks, corrected for few units; NaN of phases.
        delta: Cliff's delta, the share of pairs in which the second is larger less that in which
            it is smaller; NaN of phases.
        interval: :data:`WITHIN` or :data:`OVER`, what was drawn again, or "none: ..." and why.
    """

    difference: float = NAN
    low: float = NAN
    high: float = NAN
    g: float = NAN
    g_low: float = NAN
    g_high: float = NAN
    delta: float = NAN
    interval: str = ""


def two_groups(
    values: np.ndarray,
    second: np.ndarray,
    block: np.ndarray,
    *,
    draws: int,
    seed: int,
    circular: bool = False,
) -> Effect:
    """Effect of one measure, with BCa intervals of 95 % (Efron 1987, 10.2307/2289144).

    Blocks count by n1 n2 / (n1 + n2), as in a linear model of group and block; a block with one
    group says nothing of the difference.  Units are drawn again within each group of each block.
    Where a block holds a group once only, whole blocks are drawn.

    Args:
        values: (unit,) none missing; phases in cycles.
        second: (unit,) bool, of the second group.
        block: (unit,) codes from 0.
        draws: of the bootstrap.
        seed: of the draws.
        circular: the values are phases.
    """
    both = (counts_of(second.astype(int), block) > 0).sum(axis=1) > 1
    keep = both[block]
    if not keep.any():
        return Effect(interval="none: no block holds both groups")
    values, second = values[keep], second[keep]
    block = np.unique(block[keep], return_inverse=True)[1]
    strata = [values[(block == k) & (second == s)] for k in range(block.max() + 1) for s in (0, 1)]
    pooled = _pooled_phases if circular else _pooled
    whole = pooled(strata)
    measure = _phase_difference if circular else _difference
    difference = float(measure(whole))
    varied = not circular and bool(_rest(whole) > 1e-12 * whole.squares.sum())
    interval, drawn = _resampling(strata, second)
    found = Effect(
        difference=difference,
        g=float(_hedges(whole)) if varied else NAN,
        delta=NAN if circular else _cliff(strata),
        interval=interval,
    )
    if not drawn:
        return found

    def from_here(blocks: _Blocks) -> np.ndarray:
        """Phases have no ends where they are seen from the difference itself."""
        away = measure(blocks) - difference
        return difference + ((away + 0.5) % 1 - 0.5 if circular else away)

    def interval_of(
        of: Callable[[_Blocks], np.ndarray], level: float = LEVEL
    ) -> tuple[float, float]:
        if interval == WITHIN:
            return _interval(strata, lambda *samples: of(pooled(samples)), level, draws, seed)
        one = [np.arange(len(whole.weight))]
        return _interval(one, lambda chosen: of(whole.at(chosen)), level, draws, seed)

    sizes = (len(values), len(strata)) if interval == WITHIN else (len(whole.weight), 1)
    low, high = interval_of(from_here, _widened(*sizes))
    g_low, g_high = interval_of(_hedges) if varied else (NAN, NAN)
    return replace(found, low=low, high=high, g_low=g_low, g_high=g_high)


def _resampling(strata: list[np.ndarray], second: np.ndarray) -> tuple[str, bool]:
    """What the bootstrap draws, or why it does not, and whether it does."""
    if min(map(len, strata)) > 1 or len(strata) == 2:
        few = min(second.sum(), (~second).sum()) < LEAST
        return (f"none: fewer than {LEAST} of a group", False) if few else (WITHIN, True)
    few = len(strata) // 2 < LEAST_BLOCKS
    return (f"none: fewer than {LEAST_BLOCKS} blocks", False) if few else (OVER, True)


def _widened(drawn: int, means: int) -> float:
    """Level at which quantiles of draws of few units give 95 %.

    Expanded percentiles of Hesterberg 2015 (10.1080/00031305.2015.1089789): the spread of values
    about their own mean is too small, and Student's distribution has longer tails than the normal
    one that quantiles follow.

    Args:
        drawn: units that are drawn again.
        means: that were taken of them.
    """
    freedom = drawn - means
    reach = stats.t.ppf((1 + LEVEL) / 2, freedom) * np.sqrt(drawn / freedom)
    return float(1 - 2 * stats.norm.cdf(-reach))


def _interval(
    data: list[np.ndarray],
    measure: Callable[..., np.ndarray],
    level: float,
    draws: int,
    seed: int,
) -> tuple[float, float]:
    """BCa interval; percentiles where that is degenerate, as where all draws are alike."""
    for method in ("BCa", "percentile"):
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            result = stats.bootstrap(
                data, lambda *samples, axis: measure(*samples), n_resamples=draws,
                confidence_level=level, method=method, vectorized=True, axis=-1,
                rng=np.random.default_rng(seed),
            )  # fmt: skip
        low, high = map(float, result.confidence_interval)
        if np.isfinite([low, high]).all():
            return low, high
    return NAN, NAN


@dataclass(frozen=True)
class _Blocks:
    """What the estimates need of each block, (..., block).

    Attributes:
        weight: n1 n2 / (n1 + n2).
        apart: second mean less first; of phases a unit vector, complex.
        squares: sum of squares about the block's mean; 0 of phases.
        units: in the block.
    """

    weight: np.ndarray
    apart: np.ndarray
    squares: np.ndarray
    units: np.ndarray

    def at(self, chosen: np.ndarray) -> _Blocks:
        """Blocks by number, (..., drawn)."""
        return _Blocks(*(x[chosen] for x in (self.weight, self.apart, self.squares, self.units)))


def _pooled(strata: Sequence[np.ndarray]) -> _Blocks:
    """Of the first and second group of each block in turn, (..., unit) each."""
    weight, units = _sizes(strata)
    apart, squares = [], []
    for a, b, w in zip(strata[::2], strata[1::2], weight, strict=True):
        apart.append(b.mean(axis=-1) - a.mean(axis=-1))
        inside = (a.var(axis=-1) * a.shape[-1]) + (b.var(axis=-1) * b.shape[-1])
        squares.append(inside + w * apart[-1] ** 2)
    return _Blocks(weight, _stacked(apart), _stacked(squares), units)


def _pooled_phases(strata: Sequence[np.ndarray]) -> _Blocks:
    weight, units = _sizes(strata)
    means = [np.exp(2j * np.pi * s).mean(axis=-1) for s in strata]
    turns = _stacked([b * np.conj(a) for a, b in zip(means[::2], means[1::2], strict=True)])
    turns = turns / np.maximum(np.abs(turns), 1e-12)
    return _Blocks(weight, turns, np.zeros(turns.shape), units)


def _sizes(strata: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    n = np.array([s.shape[-1] for s in strata], float).reshape(-1, 2)
    return n.prod(axis=1) / n.sum(axis=1), n.sum(axis=1)


def _stacked(arrays: list[np.ndarray]) -> np.ndarray:
    return np.stack(np.broadcast_arrays(*arrays), axis=-1)


def _difference(blocks: _Blocks) -> np.ndarray:
    return (blocks.weight * blocks.apart).sum(axis=-1) / blocks.weight.sum(axis=-1)


def _phase_difference(blocks: _Blocks) -> np.ndarray:
    """From -0.5 to 0.5."""
    return np.angle((blocks.weight * blocks.apart).sum(axis=-1)) / (2 * np.pi)


def _hedges(blocks: _Blocks) -> np.ndarray:
    """Difference over the residual standard deviation of group + block, corrected for bias.

    NaN where nothing varies within groups, or too few units tell.
    """
    difference = _difference(blocks)
    squares = blocks.squares.sum(axis=-1)
    freedom = blocks.units.sum(axis=-1) - blocks.units.shape[-1] - 1
    spread = np.sqrt(np.maximum(_rest(blocks), 0) / np.maximum(freedom, 1))
    corrected = difference * (1 - 3 / (4 * np.maximum(freedom, 1) - 1))
    # a draw may hold one unit many times: large, but a number
    least = 1e-6 * np.sqrt(squares)
    known = (freedom > 0) & (least > 0)
    return np.where(known, corrected / np.where(known, np.maximum(spread, least), 1), np.nan)


def _rest(blocks: _Blocks) -> np.ndarray:
    """Sum of squares that neither blocks nor groups explain."""
    explained = _difference(blocks) ** 2 * blocks.weight.sum(axis=-1)
    return blocks.squares.sum(axis=-1) - explained


def _cliff(strata: list[np.ndarray]) -> float:
    """Cliff's delta over pairs of one block."""
    signs = [np.sign(b[:, None] - a) for a, b in zip(strata[::2], strata[1::2], strict=True)]
    return float(sum(s.sum() for s in signs) / sum(s.size for s in signs))
