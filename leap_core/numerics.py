"""Small numerical methods, and the yardstick of errors, that several stages share."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable, Sequence

import numpy as np

_BLOCK_PX = 1 << 14  # as many pixels of 60 images fit into a core's cache
CLOSE_PX = 2.5  # the paper's yardstick (LEAP, Results): parts within it lie where they should
FAR_PX = 5.0  # parts beyond it lie on something else


def reliability(probability: np.ndarray, true: np.ndarray, bins: int = 10) -> np.ndarray:
    """What becomes of statements by their probability, in equal bins of 0 to 1.

    Args:
        probability: (statement,) with which it was said to be true; no NaN.
        true: (statement,) bool.

    Returns:
        (bin, 3): statements, sum of their probabilities, and how many are true; such counts of
        several groups of statements add up.

    >>> reliability(np.array([0.1, 0.9, 1.0]), np.array([False, True, True]), 2).tolist()
    [[1.0, 0.1, 0.0], [2.0, 1.9, 2.0]]
    """
    at = np.minimum((np.asarray(probability, float) * bins).astype(int), bins - 1)
    weights = (None, probability, np.asarray(true, float))
    return np.column_stack([np.bincount(at, w, minlength=bins).astype(float) for w in weights])


def calibration_error(counts: np.ndarray) -> float:
    """Expected calibration error: mean over statements of |probability - share true| of their bins.

    Guo et al. 2017 (arXiv:1706.04599), equation 3; NaN without statements.

    Args:
        counts: of :func:`reliability`.
    """
    said, sums, true = np.asarray(counts, float).T
    return float(np.abs(sums - true).sum() / said.sum()) if said.sum() else float("nan")


def otsu(histogram: np.ndarray, *, lowest: bool = False) -> tuple[float, float]:
    """Otsu's threshold of a histogram, and the share of variance between its two classes.

    Levels above the threshold are the upper class.  Where no value lies between the classes,
    every threshold there is as good: the middle one is taken, or the lowest.  A histogram of
    fewer than two levels has no classes: the share is 0, and the threshold the middle of all
    levels, or with ``lowest`` the level itself.

    Args:
        histogram: (level,) counts.
        lowest: which of thresholds as good as each other.

    >>> otsu(np.bincount([10] * 90 + [12] * 5 + [200] * 5, minlength=256))[0]
    105.5
    >>> otsu(np.array([5.0, 0, 0, 0, 5.0]), lowest=True)
    (0.0, 1.0)
    """
    counts = histogram.astype(float)
    levels = np.arange(len(counts))
    if np.count_nonzero(counts) < 2:
        return float(np.argmax(counts) if lowest else levels[-1] / 2), 0.0
    lower = np.cumsum(counts)
    mass = np.cumsum(counts * levels)
    total = lower[-1]
    upper = total - lower
    mean = mass[-1] / total
    both = (lower > 0) & (upper > 0)
    between = np.zeros(len(counts))
    between[both] = (mean * lower[both] - mass[both]) ** 2 / (lower[both] * upper[both])
    best = int(np.argmax(between))
    variance = float(np.sum(counts * (levels - mean) ** 2)) / total
    share = float(between[best] / variance)
    if lowest:
        return float(best), share
    good = np.flatnonzero(between >= between[best] - 1e-12 * between[best])
    return float((good[0] + good[-1]) / 2), share


def ranked(images: np.ndarray, rank: int) -> np.ndarray:
    """The value of a rank, 0 = the smallest, at each pixel of some images: (y, x) uint8.

    As ``np.sort(images, axis=0)[rank]``.  Each of the value's 8 bits is found by counting how many
    of the images are below it, on stretches of pixels that stay in the cache: many times as fast
    as to sort.

    Args:
        images: (image, y, x) uint8.

    >>> ranked(np.array([[[7, 0]], [[3, 255]], [[5, 9]]], np.uint8), 1).tolist()
    [[5, 9]]
    """
    count, shape = len(images), images.shape[1:]
    flat = images.reshape(count, -1)
    out = np.zeros(flat.shape[1], np.uint8)
    kind = np.uint8 if count < 256 else np.uint32
    for start in range(0, flat.shape[1], _BLOCK_PX):
        part = np.ascontiguousarray(flat[:, start : start + _BLOCK_PX])
        value = out[start : start + _BLOCK_PX]
        below = np.empty(part.shape, bool)
        for bit in (128, 64, 32, 16, 8, 4, 2, 1):
            tried = value | np.uint8(bit)
            np.less(part, tried, out=below)
            fewer = below.view(np.uint8).sum(0, dtype=kind) <= rank
            value |= fewer.view(np.uint8) * np.uint8(bit)
    return out.reshape(shape)


def median_image(images: np.ndarray) -> np.ndarray:
    """The median of some images, rounded (of halves to the even one): (y, x) uint8.

    Args:
        images: (image, y, x) uint8.

    >>> median_image(np.array([[[7, 0]], [[4, 255]]], np.uint8)).tolist()
    [[6, 128]]
    """
    upper = ranked(images, len(images) // 2)
    if len(images) % 2:
        return upper
    both = ranked(images, len(images) // 2 - 1).astype(np.uint16) + upper
    return np.rint(both / 2).astype(np.uint8)


def running_median(values: np.ndarray, half: int) -> np.ndarray:
    """The median of each value and ``half`` ones on either side; the ends count as going on.

    Args:
        values: (n,), n at least 1.

    >>> running_median(np.array([5.0, 1, 9, 2, 2]), 1).tolist()
    [5.0, 5.0, 2.0, 2.0, 2.0]
    """
    row = np.pad(values, half, mode="edge").tolist()
    around = sorted(row[: 2 * half + 1])
    out = [around[half]]
    for old, new in zip(row, row[2 * half + 1 :], strict=False):
        del around[bisect.bisect_left(around, old)]
        bisect.insort(around, new)
        out.append(around[half])
    return np.array(out)


def parabola_peak(
    before: np.ndarray | float, here: np.ndarray | float, after: np.ndarray | float
) -> np.ndarray:
    """Where the parabola through values at -1, 0 and 1 is highest; 0 where it has no maximum.

    Elementwise.  It lies within half a step if ``here`` is the highest of the three.

    >>> float(parabola_peak(1.0, 3.0, 2.0)), float(parabola_peak(3.0, 1.0, 3.0))
    (0.16666666666666666, 0.0)
    """
    bend = np.asarray(before - 2 * here + after)
    half = 0.5 * (before - after)
    return np.divide(half, bend, out=np.zeros(bend.shape), where=bend < 0)


def viterbi(evidence: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """Best sequence of states, if each change of state costs the same whatever it leads to.

    Args:
        evidence: (n, state) nats for each state, n at least 1.
        cost: (n - 1,) nats for a change, not negative.

    Returns:
        (n,) int, the state; of equal ones the first, and no change that gains nothing.

    >>> viterbi(np.array([[1.5, 0], [0, 0.5], [1.5, 0], [0, 9.0]]), np.full(3, 2.0)).tolist()
    [0, 0, 0, 1]
    """
    count, states = evidence.shape
    back = np.zeros((count, states), np.int32)
    stay = np.arange(states)
    score = evidence[0].copy()
    for k in range(1, count):
        best = int(np.argmax(score))
        change = score[best] - cost[k - 1]
        moved = change > score
        back[k] = np.where(moved, best, stay)
        score = np.where(moved, change, score) + evidence[k]
    path = np.empty(count, int)
    path[-1] = int(np.argmax(score))
    for k in range(count - 1, 0, -1):
        path[k - 1] = back[k, path[k]]
    return path


def quantiles(blocks: Callable[[], Iterable[np.ndarray]], shares: Sequence[float]) -> np.ndarray:
    """Quantiles of each column of data that are too many to hold, as ``np.quantile`` of all.

    Single precision has 2^32 values.  A first pass counts the upper half of the bits and so finds
    in which of 65,536 bins each rank lies; a second counts the lower half there.

    Args:
        blocks: called twice, gives the same float32 blocks (row, column); NaN is left out.
        shares: 0 to 1.

    Returns:
        (column, share); NaN for a column without values.

    >>> data = np.float32([[3], [1], [2]])
    >>> quantiles(lambda: [data[:1], data[1:]], [0.5, 1]).tolist()
    [[2.0, 3.0]]
    """
    upper = np.zeros((0, 1 << 16), np.int64)
    for block in blocks():
        if not len(upper):
            upper = np.zeros((block.shape[1], 1 << 16), np.int64)
        for column, keys in enumerate(map(_ordered, block.T)):
            upper[column] += np.bincount(keys >> 16, minlength=1 << 16)
    total = upper.cumsum(axis=1)
    count = total[:, -1:] if len(total) else np.zeros((0, 1), np.int64)
    at = np.maximum(count - 1, 0) * np.asarray(shares, float)
    below = np.floor(at)
    ranks = np.stack([below, np.minimum(below + 1, np.maximum(count - 1, 0))], axis=-1).astype(int)
    # (column, share, 2) bin of each rank, and its rank there
    bins = np.array(
        [np.searchsorted(sums, rank, side="right") for sums, rank in zip(total, ranks, strict=True)]
    ).reshape(ranks.shape)
    lower = {
        (column, int(bin)): np.zeros(1 << 16, np.int32)
        for column, own in enumerate(bins)
        for bin in np.unique(own)
        if count[column, 0]
    }
    for block in blocks() if lower else ():
        for column, keys in enumerate(map(_ordered, block.T)):
            high = keys >> 16
            for (mine, bin), counts in lower.items():
                if mine == column:
                    counts += np.bincount(keys[high == bin] & 0xFFFF, minlength=1 << 16)
    out = np.full(at.shape, np.nan)
    for column, share in np.ndindex(*at.shape):
        if not count[column, 0]:
            continue
        ends = []
        for bin, rank in zip(bins[column, share], ranks[column, share], strict=True):
            rank -= total[column, bin - 1] if bin else 0
            low = np.searchsorted(lower[column, int(bin)].cumsum(), rank, side="right")
            ends.append(_number(np.uint32(bin << 16 | low)))
        weight = at[column, share] - below[column, share]
        out[column, share] = np.quantile(np.array(ends, np.float32), np.array([weight]))[0]
    return out


def median(blocks: Callable[[], Iterable[np.ndarray]]) -> float:
    """Median of data that are too many to hold, as ``np.median`` of all; NaN of none.

    A first pass counts the values by their highest bits, a second keeps those of the bins in
    which the middle lies: a few hundredths of all.

    Args:
        blocks: called twice, gives the same arrays of any shape, without NaN.

    >>> median(lambda: [np.array([3.0, 1.0]), np.array([2.0, np.inf])])
    2.5
    """
    counts = np.zeros(1 << 16, np.int64)
    for block in blocks():
        counts += np.bincount(_highest(block), minlength=len(counts))
    total = counts.cumsum()
    if not total[-1]:
        return float("nan")
    ranks = np.array([(total[-1] - 1) // 2, total[-1] // 2])
    low, high = np.searchsorted(total, ranks, side="right")
    some = [block[np.isin(_highest(block), (low, high))] for block in map(np.ravel, blocks())]
    before = total[low - 1] if low else 0
    return float(np.sort(np.concatenate(some))[ranks - before].mean())


def _highest(values: np.ndarray) -> np.ndarray:
    """The 16 highest bits (n,) of float64 ``values``, as numbers in their order."""
    bits = (np.asarray(values, float).ravel() + 0.0).view(np.uint64) >> np.uint64(48)
    return np.where(bits >> 15, 0xFFFF - bits, bits + (1 << 15)).astype(np.int64)


def _ordered(values: np.ndarray) -> np.ndarray:
    """Unsigned numbers in the order of float32 ``values`` (n,), those of NaN left out."""
    values = np.asarray(values, np.float32)
    bits = (values[~np.isnan(values)] + np.float32(0)).view(np.uint32)  # -0 becomes 0
    return np.where(bits >> 31, ~bits, bits | np.uint32(1 << 31))


def _number(ordered: np.uint32) -> float:
    """The float32 value behind one of :func:`_ordered`."""
    bits = ordered & np.uint32(0x7FFFFFFF) if ordered >> 31 else ~ordered
    return float(np.array(bits, np.uint32).view(np.float32))
