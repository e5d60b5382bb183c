"""Tests by rearranging which recording belongs to which group, within blocks.

SciPy's ``permutation_test`` rearranges all values or those of pairs; blocks of any size and
groups of any number need arrangements of their own, and then all measures share them.
"""

from __future__ import annotations

import collections
import itertools
import math
from collections.abc import Iterator

import numpy as np

ROWS = 2000  # arrangements held at a time
SAME = 1e-9  # statistics that differ by less, of their largest value, are equal


def counts_of(group: np.ndarray, block: np.ndarray) -> np.ndarray:
    """How many units of each group each block holds, (block, group); codes count from 0."""
    counts = np.zeros((int(block.max(initial=-1)) + 1, int(group.max(initial=-1)) + 1), np.int64)
    np.add.at(counts, (block, group), 1)
    return counts


def arrangements(group: np.ndarray, block: np.ndarray) -> int:
    """In how many ways the groups can lie over the units of each block.

    >>> arrangements(np.array([0, 0, 1, 1]), np.zeros(4, int))
    6
    >>> arrangements(np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1]))
    4
    """
    number = 1
    for row in counts_of(group, block).tolist():
        number *= math.factorial(sum(row)) // math.prod(map(math.factorial, row))
    return number


def smallest_p(group: np.ndarray, block: np.ndarray, most: int) -> float:
    """The smallest p that any values could have with these groups and blocks.

    Groups that are as many in every block can change names without another statistic, so the
    best arrangement is there more than once.

    Args:
        group, block: (unit,) codes from 0.
        most: as in :func:`p_values`.

    >>> three = np.array([0, 0, 0, 1, 1, 1])
    >>> smallest_p(three, np.zeros(6, int), 20000)
    0.1
    """
    number = arrangements(group, block)
    counts = counts_of(group, block)
    present = counts[:, counts.any(axis=0)]
    alike = collections.Counter(map(tuple, present.T.tolist())).values()
    least = math.prod(map(math.factorial, alike)) / number
    return min(1.0, least if number <= most else max(least, 1 / (most + 1)))


def p_values(
    values: np.ndarray,
    group: np.ndarray,
    block: np.ndarray,
    *,
    most: int,
    seed: int,
    circular: bool = False,
) -> np.ndarray:
    """Share of arrangements within blocks that set the groups at least as far apart.

    All arrangements count where there are at most ``most``; else as many are drawn, and the
    observed one joins them, so that p is never 0.  What is compared is the sum of squares that
    the groups explain beyond the blocks (of two groups: their difference, either sign).  Phases
    are turned by the mean direction of their block, and the lengths of the groups' sums of unit
    vectors are added, which is largest where each group keeps to a direction of its own.

    Args:
        values: (unit, measure), none missing; phases in cycles.
        group, block: (unit,) codes from 0.
        most: arrangements looked at.
        seed: of those that are drawn.
        circular: the values are phases.

    Returns:
        (measure,) p.
    """
    statistic = _Phases(values, group, block) if circular else _Squares(values, group, block)
    observed = statistic.of(group[None])[0] * (1 - SAME) - SAME * statistic.largest
    above, looked_at = np.zeros(values.shape[1], np.int64), 0
    for labels in arranged(group, block, most, seed):
        above += (statistic.of(labels) >= observed).sum(axis=0)
        looked_at += len(labels)
    if arrangements(group, block) <= most:
        return above / looked_at
    return (above + 1) / (looked_at + 1)


class _Squares:
    """Sum of squares between groups, beyond blocks.

    Rearranging within blocks keeps the number of each group in each block, and with it the
    matrix of the groups' indicators (all but the first's) less their block means.
    """

    def __init__(self, values: np.ndarray, group: np.ndarray, block: np.ndarray):
        counts = counts_of(group, block)
        size = np.maximum(counts.sum(axis=1, keepdims=True), 1)
        inside = np.diag(counts.sum(axis=0)) - (counts / size).T @ counts
        self.inverse = np.linalg.pinv(inside[1:, 1:])
        self.values = within_blocks(values, block)
        self.largest = (self.values**2).sum(axis=0)

    def of(self, labels: np.ndarray) -> np.ndarray:
        """(arrangement, measure) of labels (arrangement, unit)."""
        sums = [(labels == g).astype(float) @ self.values for g in range(1, len(self.inverse) + 1)]
        out = np.zeros((len(labels), self.values.shape[1]))
        for (g, h), weight in np.ndenumerate(self.inverse):
            out += weight * sums[g] * sums[h]
        return out


class _Phases:
    """Lengths of the groups' sums of unit vectors."""

    def __init__(self, values: np.ndarray, group: np.ndarray, block: np.ndarray):
        self.values = np.exp(2j * np.pi * np.asarray(values, float))
        for k in range(int(block.max(initial=-1)) + 1):
            mean = self.values[block == k].sum(axis=0)
            turn = np.where(np.abs(mean) > SAME, mean, 1)
            self.values[block == k] *= np.conj(turn) / np.abs(turn)
        self.groups = int(group.max(initial=-1)) + 1
        self.largest = np.full(values.shape[1], float(len(values)))

    def of(self, labels: np.ndarray) -> np.ndarray:
        """(arrangement, measure) of labels (arrangement, unit)."""
        sums = [np.abs((labels == g).astype(float) @ self.values) for g in range(self.groups)]
        return np.sum(sums, axis=0)


def within_blocks(values: np.ndarray, block: np.ndarray) -> np.ndarray:
    """Values (unit, ...) less the means of their blocks."""
    out = np.array(values, float)
    for k in np.unique(block):
        out[block == k] -= out[block == k].mean(axis=0)
    return out


def arranged(group: np.ndarray, block: np.ndarray, most: int, seed: int) -> Iterator[np.ndarray]:
    """Groups rearranged within blocks, (arrangement, unit) in pieces: all, or ``most`` drawn."""
    places = [np.flatnonzero(block == k) for k in np.unique(block)]
    if arrangements(group, block) <= most:
        orders = [_orders(group[own]) for own in places]
        sizes = [len(order) for order in orders]
        for start in range(0, math.prod(sizes), ROWS):
            stop = min(start + ROWS, math.prod(sizes))
            chosen = np.unravel_index(np.arange(start, stop), sizes)
            labels = np.empty((stop - start, len(group)), np.int8)
            for own, order, rows in zip(places, orders, chosen, strict=True):
                labels[:, own] = order[rows]
            yield labels
        return
    rng = np.random.default_rng(seed)
    for start in range(0, most, ROWS):
        labels = np.empty((min(ROWS, most - start), len(group)), np.int8)
        for own in places:
            labels[:, own] = rng.permuted(np.tile(group[own], (len(labels), 1)), axis=1)
        yield labels


def _orders(codes: np.ndarray) -> np.ndarray:
    """All distinct orders of some codes, (order, unit)."""
    first, *rest = np.unique(codes)
    if not rest:
        return codes[None].astype(np.int8)
    inner = _orders(codes[codes != first])
    taken = list(itertools.combinations(range(len(codes)), int((codes == first).sum())))
    here = np.zeros((len(taken), len(codes)), bool)
    here[np.arange(len(taken))[:, None], np.array(taken)] = True
    others = np.nonzero(~here)[1].reshape(len(taken), 1, -1)
    labels = np.full((len(taken), len(inner), len(codes)), first, np.int8)
    np.put_along_axis(labels, np.broadcast_to(others, (*labels.shape[:2], others.shape[2])),
                      inner[None], axis=2)  # fmt: skip
    return labels.reshape(-1, len(codes))
