"""Groups compared: what is found, what is not, and what could not be."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fixtures.compared import table, two
from scipy import stats

from leap_core import config
from leap_core.errors import UserError
from leap_core.groups import comparison, measures, permutations
from leap_core.io import atomic

FAST = config.Groups(bootstrap=1000)


def compare(measured, **keys):
    return comparison.compare(measured, config.Groups(**({"bootstrap": 1000} | keys)), 0)


def test_no_more_false_finds_than_said():
    """Of 8 against 8 recordings that do not differ; 2,000 comparisons: make prove-groups."""
    rng = np.random.default_rng(0)
    values, groups = two(8, 8, 1000, rng)
    found = compare(table(values[:, :60], groups))
    p = permutations.p_values(values, np.repeat([0, 1], 8), np.zeros(16, int), most=20000, seed=0)
    np.testing.assert_allclose(found["p"], p[:60])
    assert 0.035 < np.mean(p < 0.05) < 0.065
    families = p.reshape(-1, 5)
    any_found = [stats.false_discovery_control(family).min() <= 0.05 for family in families]
    assert np.mean(any_found) < 0.08
    assert (found["verdict"] == comparison.FOUND).sum() <= 1


def test_power_is_that_of_the_t_test():
    rng = np.random.default_rng(1)
    values, _ = two(8, 8, 400, rng, shift=1.5)
    p = permutations.p_values(values, np.repeat([0, 1], 8), np.zeros(16, int), most=20000, seed=0)
    student = stats.ttest_ind(values[:8], values[8:]).pvalue
    assert abs(np.mean(p < 0.05) - np.mean(student < 0.05)) < 0.03
    assert 0.7 < np.mean(student < 0.05) < 0.9


def test_a_difference_is_found_and_told_in_its_units():
    values, groups = two(8, 8, 5, np.random.default_rng(2))
    values[8:, 3] += 3
    found = compare(table(values, groups)).set_index("measure")
    assert found.index[found["verdict"] == comparison.FOUND].tolist() == ["region 4"]
    row = found.loc["region 4"]
    assert (row["first"], row["second"], row["n_first"], row["n_second"]) == (
        "control",
        "treated",
        8,
        8,
    )
    assert row["difference"] == pytest.approx(values[8:, 3].mean() - values[:8, 3].mean())
    assert row["low"] < 3 < row["high"] and row["g_low"] > 0.5 and row["arrangements"] == "12870"
    np.testing.assert_allclose(found["q"], stats.false_discovery_control(found["p"]))
    assert row["smallest_q"] == pytest.approx(5 * 2 / 12870)


def test_families_are_corrected_apart():
    values, groups = two(6, 6, 3, np.random.default_rng(3))
    parts = [table(values, groups, family=f) for f in (measures.OCCUPANCY, measures.DWELL)]
    alone = compare(parts[0])
    both = compare(pd.concat(parts, ignore_index=True))
    assert both["family"].unique().tolist() == [measures.OCCUPANCY, measures.DWELL]
    np.testing.assert_array_equal(both["q"], [*alone["q"], *alone["q"]])


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        (1, 1, "too few recordings: smallest p 1, arrangements: 2"),
        (3, 3, "too few recordings: smallest p 0.1, arrangements: 20"),
        (2, 5, ""),
        (4, 4, ""),
    ],
)
def test_too_few_recordings_are_told_and_not_tested(first, second, told):
    values, groups = two(first, second, 3, np.random.default_rng(4), shift=50)
    found = compare(table(values, groups))
    if told:
        assert set(found["verdict"]) == {told}
        assert found[["p", "q", "low", "g_low"]].isna().all(axis=None)
        assert (found["difference"] > 40).all()
    else:
        assert (found["p"] <= 0.05).all() and set(found["verdict"]) == {comparison.FOUND}


def test_a_measure_that_could_not_be_found_alone_is_told():
    values, groups = two(4, 4, 12, np.random.default_rng(5))
    values[4:, 0] += 40
    found = compare(table(values, groups))
    assert found["p"][0] == pytest.approx(2 / 70)
    assert found["smallest_q"][0] == pytest.approx(12 * 2 / 70)
    assert found["verdict"][0].startswith("not told apart; too few recordings if alone")


def test_animals_of_one_video_count_once():
    values, groups = two(8, 8, 3, np.random.default_rng(6))
    units = [f"video{k // 2}" for k in range(16)]
    found = compare(table(values, groups, units=units))
    means = compare(table(values.reshape(8, 2, 3).mean(axis=1), groups[::2]))
    assert found["n_first"].tolist() == [4] * 3
    for name in ("difference", "p", "low", "high"):
        np.testing.assert_allclose(found[name], means[name])


def test_groups_are_compared_within_blocks():
    values, groups = two(8, 8, 1, np.random.default_rng(7), shift=1)
    days = [f"day {k % 4}" for k in range(16)]
    values = values * 0.2 + 10 * (np.arange(16) % 4)[:, None]
    values[8:] += 1
    whole, blocked = compare(table(values, groups)), compare(table(values, groups, days))
    assert blocked["p"][0] < 0.005 and whole["p"][0] > 0.5
    assert blocked["arrangements"][0] == str(6**4)
    assert blocked["g_low"][0] > 2 > whole["hedges_g"][0]
    alike = compare(table(values, groups, ["a"] * 8 + ["b"] * 8))
    assert alike["verdict"][0].startswith("too few recordings: smallest p 1,")
    assert alike["interval"][0] == "none: no block holds both groups"


def test_three_groups_have_one_test_of_all_and_one_of_each_pair():
    rng = np.random.default_rng(8)
    values = rng.normal(size=(18, 2))
    values[12:, 0] += 4
    found = compare(table(values, ["a"] * 6 + ["b"] * 6 + ["c"] * 6))
    own = found[found["measure"] == "region 1"]
    sides = list(zip(own["first"], own["second"], strict=True))
    assert sides == [(comparison.ALL, ""), ("a", "b"), ("a", "c"), ("b", "c")]
    verdicts = [v.partition(";")[0] for v in own["verdict"]]
    assert verdicts == ["differ", "not told apart", "differ", "differ"]
    assert own["arrangements"].tolist() == ["20000 drawn", "924", "924", "924"]
    np.testing.assert_allclose(
        found["q"][found["first"] != comparison.ALL],
        stats.false_discovery_control(found["p"][found["first"] != comparison.ALL]),
    )


def test_phases_are_compared_around_the_circle():
    rng = np.random.default_rng(9)
    values = (rng.normal(0, 0.03, (16, 2)) + [0.0, 0.98]) % 1
    values[8:, 1] = (values[8:, 1] + 0.1) % 1
    found = compare(table(values, ["a"] * 8 + ["b"] * 8, family=measures.PHASES))
    assert [v.partition(";")[0] for v in found["verdict"]] == ["not told apart", "differ"]
    assert found["difference"][1] == pytest.approx(0.1, abs=0.04)
    assert abs((found["mean_first"][0] + 0.5) % 1 - 0.5) < 0.03
    assert found["hedges_g"].isna().all()


def test_missing_values_leave_their_recording_out_of_that_measure_alone():
    values, groups = two(6, 6, 3, np.random.default_rng(10))
    values[:2, 1] = np.nan
    values[6:, 2] = np.nan
    found = compare(table(values, groups))
    assert found["n_first"].tolist() == [6, 4, 6] and found["n_second"].tolist() == [6, 6, 0]
    assert found["verdict"][2].startswith("too few recordings")
    np.testing.assert_allclose(found["p"][1], compare(table(values[2:, 1:2], groups[2:]))["p"][0])


def test_equal_values_are_alike_and_count_in_no_correction():
    values, groups = two(5, 5, 3, np.random.default_rng(11))
    values[:, 1] = 0.25
    found = compare(table(values, groups))
    assert found["verdict"][1] == comparison.ALIKE and np.isnan(found["q"][1])
    np.testing.assert_allclose(
        found["q"][[0, 2]], stats.false_discovery_control(found["p"][[0, 2]])
    )


def test_a_table_comes_back_from_its_file(tmp_path):
    """Also of groups whose names a reader of CSV could take for missing."""
    values, groups = two(4, 4, 2, np.random.default_rng(12))
    measured = table(values, ["NA" if g == "control" else "1" for g in groups])
    atomic.write_csv(tmp_path / "measures.csv", measured)
    again = measures.read(tmp_path / "measures.csv")
    pd.testing.assert_frame_equal(again, measured)
    found = comparison.compare(again, FAST, 0)
    assert found["first"].tolist() == ["NA", "NA"]
    atomic.write_csv(tmp_path / "comparison.csv", found)
    pd.testing.assert_frame_equal(comparison.read(Path(tmp_path, "comparison.csv")), found)


def test_one_group_is_no_comparison():
    values, _ = two(4, 4, 2, np.random.default_rng(13))
    with pytest.raises(UserError, match="^groups: only 'a' to compare; .*`videos.*group`"):
        compare(table(values, ["a"] * 8))
