"""Effects: textbook numbers, and intervals that hold the truth as often as they say."""

import numpy as np
import pytest

from leap_core.groups.effects import OVER, WITHIN, two_groups

HALVES = np.repeat([False, True], 8)


def effect(values, second, block=None, draws=1000, **more):
    block = np.zeros(len(values), int) if block is None else block
    return two_groups(np.asarray(values, float), second, block, draws=draws, seed=0, **more)


def test_the_numbers_of_a_small_example():
    """By hand: means 3 and 6, variances 2.5, so d = 3 / sqrt 2.5, times 1 - 3/31."""
    values = [1, 2, 3, 4, 5, 4, 5, 6, 7, 8]
    second = np.repeat([False, True], 5)
    found = effect(values, second)
    assert found.difference == 3
    assert found.g == pytest.approx(3 / np.sqrt(2.5) * (1 - 3 / 31))
    pairs = [np.sign(b - a) for a in values[:5] for b in values[5:]]
    assert found.delta == pytest.approx(np.mean(pairs))
    assert found.low < 3 < found.high and found.interval == WITHIN
    turned = effect(values, ~second)
    assert (turned.difference, turned.g, turned.delta) == (-3, -found.g, -found.delta)


def test_blocks_count_as_in_a_linear_model():
    rng = np.random.default_rng(0)
    second, block = rng.random(40) < 0.4, rng.integers(0, 4, 40)
    values = 5.0 * block + 0.7 * second + rng.normal(size=40)
    found = effect(values, second, block)
    design = np.column_stack([second, *(block == k for k in range(4))]).astype(float)
    coefficients, [rest], *_ = np.linalg.lstsq(design, values, rcond=None)
    assert found.difference == pytest.approx(coefficients[0])
    sigma = np.sqrt(rest / 35)
    assert found.g == pytest.approx(coefficients[0] / sigma * (1 - 3 / (4 * 35 - 1)))
    assert abs(effect(values, second).g - found.g) > 0.1


def test_a_phase_difference_goes_the_short_way():
    rng = np.random.default_rng(1)
    phases = (np.where(HALVES, 0.06, 0.94) + rng.normal(0, 0.02, 16)) % 1
    found = effect(phases, HALVES, circular=True)
    assert found.difference == pytest.approx(0.12, abs=0.03)
    assert 0 < found.low < found.difference < found.high < 0.2
    assert np.isnan([found.g, found.delta]).all()
    apart = (np.where(HALVES, 0.5, 0.0) + rng.normal(0, 0.02, 16)) % 1
    found = effect(apart, HALVES, circular=True)
    assert found.high - found.low < 0.1 and abs(found.difference) > 0.45


def test_where_there_is_no_interval():
    assert effect([1, 2], np.array([False, True])).interval.startswith("none: fewer")
    three = effect([1, 2, 3, 4, 5, 7], np.repeat([False, True], 3))
    assert three.interval == "none: fewer than 4 of a group" and np.isnan(three.low)
    assert three.difference == pytest.approx(10 / 3)
    apart = effect(np.arange(8), np.repeat([False, True], 4), np.repeat([0, 1], 4))
    assert apart.interval == "none: no block holds both groups" and np.isnan(apart.difference)


def test_values_without_any_spread_have_a_difference_and_no_g():
    found = effect(HALVES, HALVES)
    assert (found.difference, found.low, found.high, found.delta) == (1, 1, 1, 1)
    assert np.isnan([found.g, found.g_low, found.g_high]).all()


@pytest.mark.parametrize(("first", "paired"), [(5, False), (8, False), (8, True)])
def test_intervals_hold_the_truth(first, paired):
    """Of normal values a standard deviation apart: 93 to 95 % by `make prove-groups`."""
    rng = np.random.default_rng(2)
    second = np.repeat([False, True], first)
    block = np.tile(np.arange(first), 2) if paired else np.zeros(2 * first, int)
    kind, inside = set(), []
    for _ in range(120):
        values = rng.normal(size=2 * first) + second + 3 * rng.normal(size=first)[block] * paired
        found = effect(values, second, block, draws=400)
        inside.append(found.low <= 1 <= found.high)
        kind.add(found.interval)
    assert kind == {OVER if paired else WITHIN}
    assert 0.87 <= np.mean(inside) <= 0.99
