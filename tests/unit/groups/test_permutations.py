"""Arrangements are counted and looked at as other programs and closed forms do."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from leap_core.groups.permutations import arranged, arrangements, p_values, smallest_p

MOST = 20000


def codes(*counts):
    """Groups of so many, and one block."""
    return np.repeat(np.arange(len(counts)), counts), np.zeros(sum(counts), int)


@pytest.mark.parametrize("counts", [(3, 3), (2, 4), (2, 2, 2), (4,), (1, 2, 3)])
def test_all_arrangements_are_there_once(counts):
    group, block = codes(*counts)
    found = np.concatenate(list(arranged(group, block, MOST, 0)))
    expected = set(itertools.permutations(group.tolist()))
    assert len(found) == len(expected) == arrangements(group, block)
    assert set(map(tuple, found.tolist())) == expected


def test_blocks_keep_their_groups():
    group = np.array([0, 0, 1, 1, 0, 1, 2])
    block = np.array([0, 1, 0, 1, 0, 1, 1])
    found = np.concatenate(list(arranged(group, block, MOST, 0)))
    assert len(np.unique(found, axis=0)) == len(found) == arrangements(group, block) == 3 * 12
    drawn = np.concatenate(list(arranged(group, block, 30, 0)))
    for labels in (found, drawn):
        for k in (0, 1):
            own = np.sort(labels[:, block == k], axis=1)
            assert (own == np.sort(group[block == k])).all()
    assert len(drawn) == 30


def test_two_groups_have_the_p_of_scipy():
    """Of both signs, and all arrangements."""
    rng = np.random.default_rng(1)
    group, block = codes(4, 6)
    values = np.concatenate([rng.normal(size=(10, 4)), rng.integers(0, 3, (10, 4))], axis=1)
    values[:4, 0] += 2
    found = p_values(values, group, block, most=MOST, seed=0)
    assert found.min() < 0.05
    for column, p in zip(values.T, found, strict=True):
        test = stats.permutation_test(
            (column[:4], column[4:]),
            lambda a, b, axis: np.abs(a.mean(axis) - b.mean(axis)),
            alternative="greater",
            vectorized=True,
            n_resamples=np.inf,
        )
        assert p == pytest.approx(test.pvalue, abs=1e-12)


def test_pairs_have_the_p_of_signs_that_flip():
    """Blocks with one of each group: SciPy's test of paired samples."""
    rng = np.random.default_rng(2)
    first, second = rng.normal(size=(2, 8)) + [[0], [0.8]]
    group, block = np.repeat([0, 1], 8), np.tile(np.arange(8), 2)
    [found] = p_values(np.r_[first, second][:, None], group, block, most=MOST, seed=0)
    test = stats.permutation_test(
        (first - second,),
        lambda d, axis: np.abs(d.mean(axis)),
        permutation_type="samples",
        alternative="greater",
        vectorized=True,
    )
    assert found == pytest.approx(test.pvalue, abs=1e-12)


def test_three_groups_have_the_p_of_a_permuted_f():
    rng = np.random.default_rng(3)
    group, block = codes(3, 3, 3)
    values = rng.normal(size=(9, 1)) + 1.5 * group[:, None]
    [found] = p_values(values, group, block, most=MOST, seed=0)
    f = [
        stats.f_oneway(*(values[labels == g, 0] for g in range(3))).statistic
        for labels in np.concatenate(list(arranged(group, block, MOST, 0)))
    ]
    own = stats.f_oneway(*(values[group == g, 0] for g in range(3))).statistic
    assert found == pytest.approx(np.mean(np.array(f) >= own - 1e-9))
    assert 0.005 < found < 0.5


def test_drawn_arrangements_come_near_all_of_them_and_depend_on_the_seed_alone():
    rng = np.random.default_rng(4)
    group, block = codes(8, 8)
    values = rng.normal(size=(16, 5))
    exact, drawn, again, other = (
        p_values(values, group, block, most=most, seed=seed)
        for most, seed in ((12870, 0), (12000, 0), (12000, 0), (12000, 1))
    )
    assert np.abs(exact - drawn).max() < 0.02
    assert (drawn == again).all() and (drawn != other).any()
    apart = np.r_[np.zeros(20), np.ones(20)][:, None] + rng.normal(size=(40, 1)) / 100
    assert p_values(apart, *codes(20, 20), most=10000, seed=0) == 1 / 10001


def test_groups_are_compared_within_blocks():
    """Days that differ by far more than the groups hide them, unless they are blocks."""
    rng = np.random.default_rng(5)
    group, day = np.tile([0, 1], 8), np.repeat(np.arange(4), 4)
    values = (10 * day + group + rng.normal(0, 0.2, 16))[:, None]
    assert p_values(values, group, day, most=MOST, seed=0) < 0.01
    assert p_values(values, group, np.zeros(16, int), most=MOST, seed=0) > 0.5


def test_a_phase_has_no_ends():
    """0.98 and 0.02 are near; turning all phases changes nothing."""
    rng = np.random.default_rng(6)
    group, block = codes(7, 7)
    near = rng.normal(0, 0.05, (14, 1)) + 0.15 * group[:, None]
    for turn in (0.0, 0.3, 0.9):
        p = p_values((near + turn) % 1, group, block, most=MOST, seed=0, circular=True)
        assert p == pytest.approx(p_values(near, group, block, most=MOST, seed=0, circular=True))
        assert p < 0.01
    same = (rng.normal(0, 0.05, (14, 400)) - 0.02) % 1
    p = p_values(same, group, block, most=MOST, seed=0, circular=True)
    assert 0.02 < (p <= 0.05).mean() < 0.08


@pytest.mark.parametrize(
    ("counts", "least"),
    [((1, 1), 1), ((3, 3), 2 / 20), ((4, 4), 2 / 70), ((2, 5), 1 / 21), ((2, 2, 2), 6 / 90)],
)
def test_the_smallest_p_is_that_of_groups_far_apart(counts, least):
    group, block = codes(*counts)
    assert smallest_p(group, block, MOST) == pytest.approx(least)
    apart = group[:, None] ** 1.3 + np.random.default_rng(0).normal(0, 1e-3, (len(group), 1))
    assert p_values(apart, group, block, most=MOST, seed=0) == pytest.approx(least)


def test_the_smallest_p_of_pairs_and_of_many():
    assert smallest_p(np.tile([0, 1], 5), np.repeat(np.arange(5), 2), MOST) == 2 / 2**5
    assert smallest_p(np.tile([0, 1], 6), np.repeat(np.arange(6), 2), MOST) == 2 / 2**6
    assert smallest_p(*codes(30, 30), MOST) == pytest.approx(1 / (MOST + 1))
    # every block holds one group only: nothing can be rearranged
    assert smallest_p(np.repeat([0, 1], 9), np.repeat([0, 1], 9), MOST) == 1
    assert arrangements(*codes(8, 8)) == math.comb(16, 8)
