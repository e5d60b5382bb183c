"""False finds, power and intervals of the comparison of groups, in simulations.

    .venv/bin/python benchmarks/groups.py [--comparisons 2000] [--seed 0] [--jobs 2]

One comparison is that of 8 against 8 recordings by ten measures of one family.  Ends with status 1
where a target is missed.
"""

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from scipy import stats
from table import show

from leap_core.groups.effects import two_groups
from leap_core.groups.permutations import p_values

EACH, MEASURES, MOST = 8, 10, 20000
GROUP, BLOCK = np.repeat([0, 1], EACH), np.zeros(2 * EACH, int)
DAYS = np.tile(np.arange(4), 4)  # two of each group on each of four days
LEVEL = 0.05


def normal(rng, comparisons):
    return rng.normal(size=(2 * EACH, comparisons, MEASURES))


def skewed(rng, comparisons):
    return rng.lognormal(0, 1, (2 * EACH, comparisons, MEASURES))


def shares(rng, comparisons):
    """Occupancies: they sum to 1, so that one is small where another is large."""
    drawn = rng.gamma(0.8, 1, (2 * EACH, comparisons, MEASURES))
    return drawn / drawn.sum(axis=2, keepdims=True)


def correlated(rng, comparisons):
    """Measures that share two thirds of their variance."""
    common = rng.normal(size=(2 * EACH, comparisons, 1))
    return np.sqrt(2 / 3) * common + np.sqrt(1 / 3) * normal(rng, comparisons)


def phases(rng, comparisons):
    return (0.98 + rng.normal(0, 0.1, (2 * EACH, comparisons, MEASURES))) % 1


def days(rng, comparisons):
    """Days differ more than recordings do."""
    return normal(rng, comparisons) + 3 * rng.normal(size=(4, comparisons, MEASURES))[DAYS]


def counts(rng, comparisons):
    """Small whole numbers, with many ties."""
    return rng.poisson(2.0, (2 * EACH, comparisons, MEASURES)).astype(float)


KINDS = {f.__name__: f for f in (normal, skewed, shares, correlated, phases, days, counts)}


def tested(values: np.ndarray, kind: str, most: int = MOST) -> np.ndarray:
    """p of values (recording, comparison, measure), by comparison and measure."""
    block = DAYS if kind == "days" else BLOCK
    flat = values.reshape(len(values), -1)
    found = [
        p_values(piece, GROUP, block, most=most, seed=1, circular=kind == "phases")
        for piece in np.array_split(flat, max(flat.shape[1] // 1000, 1), axis=1)
    ]
    return np.concatenate(found).reshape(values.shape[1:])


def null(kind: str, comparisons: int, seed: int) -> tuple[str, float, float]:
    """Share of p below 0.05, and of comparisons with any find after the correction."""
    values = KINDS[kind](np.random.default_rng(seed), comparisons)
    most = 10000 if kind == "normal" else MOST  # drawn there, all arrangements elsewhere
    p = tested(values, kind, most)
    q = np.apply_along_axis(stats.false_discovery_control, 1, p)
    return kind, float((p < LEVEL).mean()), float((q <= LEVEL).any(axis=1).mean())


def some_differ(comparisons: int, seed: int) -> tuple[float, float]:
    """Three of ten measures differ by 2 standard deviations: false finds among all, power."""
    values = normal(np.random.default_rng(seed), comparisons)
    values[EACH:, :, :3] += 2
    q = np.apply_along_axis(stats.false_discovery_control, 1, tested(values, "normal"))
    found = q <= LEVEL
    false = found[:, 3:].sum(axis=1) / np.maximum(found.sum(axis=1), 1)
    return float(false.mean()), float(found[:, :3].mean())


def power(shift: float, comparisons: int, seed: int) -> tuple[float, float, float]:
    """Of the permutation test and of Student's t-test, for a normal shift of one measure."""
    values = normal(np.random.default_rng(seed), comparisons)[:, :, :1]
    values[EACH:] += shift
    ours = (tested(values, "normal") < LEVEL).mean()
    student = stats.ttest_ind(values[:EACH], values[EACH:]).pvalue < LEVEL
    return shift, float(ours), float(student.mean())


def coverage(each: int, paired: bool, comparisons: int, seed: int) -> tuple:
    """How often 95 % intervals hold a true difference of one standard deviation."""
    rng = np.random.default_rng(seed)
    second = np.repeat([False, True], each)
    block = np.tile(np.arange(each), 2) if paired else np.zeros(2 * each, int)
    inside = []
    for _ in range(comparisons):
        values = rng.normal(size=2 * each) + second + 2 * paired * rng.normal(size=each)[block]
        found = two_groups(values, second, block, draws=2000, seed=1)
        inside.append([found.low <= 1 <= found.high, found.g_low <= 1 <= found.g_high])
    return each, "pairs" if paired else "groups", *np.mean(inside, axis=0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--comparisons", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    many, seed = options.comparisons, options.seed
    sizes = [(4, False), (5, False), (8, False), (16, False), (5, True), (8, True)]
    with ProcessPoolExecutor(options.jobs) as pool:
        nulls = [pool.submit(null, kind, many, seed) for kind in KINDS]
        powers = [pool.submit(power, shift, many, seed) for shift in (1.0, 1.5, 2.0)]
        mixed = pool.submit(some_differ, many, seed)
        covers = [pool.submit(coverage, *size, many // 2, seed) for size in sizes]
        nulls, powers, covers = ([job.result() for job in jobs] for jobs in (nulls, powers, covers))
        false, found = mixed.result()
    percent = "{:.1f}".format
    show(
        f"No group differs, {many:,} comparisons by {MEASURES} measures",
        [(kind, percent(100 * p), percent(100 * any_)) for kind, p, any_ in nulls],
        ("values", "p < 0.05, %", "any find after correction, %"),
    )
    show(
        "Power for a normal shift",
        [(shift, percent(100 * ours), percent(100 * t)) for shift, ours, t in powers],
        ("shift, SD", "permutations, %", "t-test, %"),
    )
    print(f"3 of 10 differ by 2 SD: {100 * false:.1f} % of finds false, {100 * found:.1f} % found")
    show(
        "95 % intervals that hold the truth",
        [(n, kind, percent(100 * d), percent(100 * g)) for n, kind, d, g in covers],
        ("of each", "in", "difference, %", "Hedges' g, %"),
    )
    missed = [f"{k}: p < 0.05 in {p:.3f}" for k, p, _ in nulls if not 0.04 <= p <= 0.06]
    missed += [f"{k}: any find in {a:.3f}" for k, _, a in nulls if a > 0.06]
    missed += [f"power at {s}: {o:.3f}, {t:.3f}" for s, o, t in powers if abs(o - t) > 0.05]
    missed += [f"false finds {false:.3f}"] if false > 0.06 else []
    print("\n".join(f"missed: {line}" for line in missed) or "all targets are met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
