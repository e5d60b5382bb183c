"""Quantiles of data that are read in blocks are those of all of it at once."""

import numpy as np
import pytest

from leap_core.numerics import median, quantiles

SHARES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


@pytest.mark.parametrize("rows", [1, 2, 3, 10, 30011])
def test_quantiles_of_blocks_are_those_of_numpy_to_the_bit(rows):
    rng = np.random.default_rng(rows)
    data = rng.normal(0.8, 0.5, (rows, 5)).astype(np.float32)
    data[:, 1] = np.clip(data[:, 1], 0, 1)  # many equal values at either end
    data[rng.random(data.shape) < 0.2] = np.nan
    data[:, 2] = np.nan
    data[:, 3] = np.where(rng.random(rows) < 0.5, 0.0, -0.0)
    data[:, 4] *= np.float32(10) ** rng.integers(-30, 30, rows)
    found = quantiles(lambda: np.array_split(data, 4), SHARES)
    for column, own in zip(data.T, found, strict=True):
        values = column[~np.isnan(column)]
        expected = np.quantile(values, SHARES) if len(values) else np.full(len(SHARES), np.nan)
        np.testing.assert_array_equal(own, expected)


def test_nothing_has_no_quantiles():
    assert quantiles(lambda: [], SHARES).shape == (0, len(SHARES))
    assert np.isnan(quantiles(lambda: [np.zeros((0, 2), np.float32)], SHARES)).all()


@pytest.mark.parametrize("rows", [1, 2, 3, 4, 5, 30010, 30011])
def test_the_median_of_blocks_is_that_of_numpy_to_the_bit(rows):
    rng = np.random.default_rng(rows)
    for data in (
        rng.normal(0, 3, (rows, 2)),
        np.where(rng.random((rows, 2)) < 0.6, np.inf, rng.random((rows, 2))),
        rng.integers(-1, 2, (rows, 2)).astype(float),
        rng.normal(0, 1, (rows, 2)) * 10.0 ** rng.integers(-9, 9, (rows, 2)),
    ):
        assert median(lambda data=data: np.array_split(data, 3)) == np.median(data)
    assert np.isnan(median(lambda: []))
