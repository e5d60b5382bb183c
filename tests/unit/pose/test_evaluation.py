"""Accuracy of known errors: closed forms, coverage of intervals, thresholds of known precision."""

import numpy as np
import pytest

from leap_core.errors import UserError
from leap_core.pose import bootstrap, evaluation, precision, reporting
from leap_core.skeleton import from_dict

ANIMAL = from_dict(
    {
        "parts": ["head", "hipL", "kneeL", "footL", "hipR", "footR"],
        "roles": {
            "axis": ["hipL", "head"],
            "legs": {"L": ["hipL", "kneeL", "footL"], "R": ["hipR", "footR"]},
        },
        "groups": {"head": ["head"], "leg tips": ["footL"]},
    }
)


def test_leg_segments_follow_the_groups_which_keep_their_names():
    assert ANIMAL.part_sets == {
        "head": ("head",),
        "leg tips": ("footL",),  # the skeleton's own
        "leg bases": ("hipL", "hipR"),
        "leg joints 2": ("kneeL",),
    }
    paws = from_dict({"parts": ["a", "b"], "roles": {"legs": {"L": ["a"], "R": ["b"]}}})
    assert paws.part_sets == {}


def test_rayleigh_errors_have_their_known_summary():
    """Both coordinates off by a normal of 2 px: the distance follows a Rayleigh distribution."""
    offsets = np.random.default_rng(0).normal(0, 2, (50_000, 6, 2))
    errors = evaluation.distances(offsets + 7, np.full(2, 7.0))
    found = evaluation.summary(errors, body_length_px=100.0)
    quantile = {q: 2 * np.sqrt(-2 * np.log(1 - q)) for q in (0.5, 0.75, 0.9, 0.95)}
    expected = {
        "mean_px": 2 * np.sqrt(np.pi / 2),
        "rmse_px": 2 * np.sqrt(2),
        "median_px": quantile[0.5],
        "median_pct_body": quantile[0.5],
        "p75_px": quantile[0.75],
        "p90_px": quantile[0.9],
        "p95_px": quantile[0.95],
        "within_2.5px": 1 - np.exp(-(2.5**2) / 8),
        "within_3pct_body": 1 - np.exp(-(3**2) / 8),
    }
    assert found.pop("n") == 300_000
    assert found == pytest.approx(expected, rel=0.01)


def test_pck_is_the_cumulative_distribution():
    errors = np.random.default_rng(1).rayleigh(2, (3000, 6))
    metrics = evaluation.metrics(errors, ANIMAL, 50.0, draws=200)
    px, body = metrics["pck"]["px"], metrics["pck"]["pct_body"]
    at = np.array(px["threshold"])
    cdf = 1 - np.exp(-(at**2) / 8)
    np.testing.assert_allclose(px["share"]["overall"], cdf, atol=0.01)
    np.testing.assert_allclose(
        body["share"]["leg bases"], 1 - np.exp(-((at / 2) ** 2) / 8), atol=0.02
    )
    assert (px["low"] <= px["share"]["overall"]).all() and (
        px["share"]["overall"] <= px["high"]
    ).all()
    assert px["share"]["overall"][10] == pytest.approx(metrics["overall"]["within_2.5px"], abs=1e-4)
    # a binomial share of 18,000 labels: twice 1.96 standard deviations
    k = 8
    wide = 2 * 1.96 * np.sqrt(cdf[k] * (1 - cdf[k]) / 18_000)
    assert px["high"][k] - px["low"][k] == pytest.approx(wide, rel=0.25)


def test_intervals_cover_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(2)
    truth = {"mean_px": 8.0, "median_px": 8.0, "within_2.5px": 0.5}
    hits = dict.fromkeys(truth, 0)
    counts = bootstrap.draw(60, 400, seed=0)
    for _ in range(200):
        errors = rng.normal(8, 1, (60, 1))
        for name, close in (("mean_px", 2.5), ("median_px", 2.5), ("within_2.5px", 8.0)):
            low, high = bootstrap.intervals(errors, counts, close)[name]
            hits[name] += low <= truth[name] <= high
    # 190 of 200 expected, s.d. 3.1; the percentile interval is a little too short
    assert all(178 <= n <= 199 for n in hits.values()), hits


def test_labels_of_one_image_do_not_count_as_independent():
    """Errors that are equal in an image: as sure as one label per image, not as twenty."""
    level = np.random.default_rng(3).normal(10, 2, (400, 1))
    counts = bootstrap.draw(400, 2000, seed=0)
    low, high = bootstrap.intervals(np.tile(level, 20), counts, 2.5)["mean_px"]
    assert high - low == pytest.approx(2 * 1.96 * level.std() / 20, rel=0.06)


def test_medians_of_resamplings_are_those_of_the_repeated_labels():
    rng = np.random.default_rng(4)
    errors = rng.integers(0, 9, (12, 5)).astype(float)
    errors[rng.random(errors.shape) < 0.3] = np.nan
    counts = bootstrap.draw(12, 50, seed=1)
    assert (counts.sum(axis=1) == 12).all()
    repeated = [np.nanmedian(np.repeat(errors, times, axis=0)) for times in counts]
    np.testing.assert_array_equal(bootstrap.medians(errors, counts), repeated)


def test_seed_decides_and_one_image_has_no_interval():
    errors = np.random.default_rng(5).rayleigh(2, (9, 6))
    errors[:, 2] = np.nan
    errors[1:, 5] = np.nan
    one, two, other = (evaluation.metrics(errors, ANIMAL, np.nan, s, 100) for s in (0, 0, 1))
    assert one["overall"] == two["overall"] != other["overall"]
    assert one["overall"]["within_3pct_body"] is None and set(one["pck"]) == {"px"}
    knees = one["groups"]["leg joints 2"]
    assert knees["n"] == 0 and knees["rmse_px"] is None
    assert one["pck"]["px"]["share"]["leg joints 2"] is None
    single = evaluation.metrics(errors[:1], ANIMAL, 90.0, draws=100)
    assert set(single["overall"]["interval"].values()) == {None}
    with pytest.raises(UserError, match="no labeled part"):
        evaluation.metrics(np.full((3, 6), np.nan), ANIMAL, 90.0)


def calibrated():
    """1,000 labels at each confidence 0.1 ... 1.0, of which just that share is within 2.5 px."""
    confidence = np.repeat(np.arange(1, 11) / 10, 1000)
    good = np.concatenate([np.arange(1000) < 100 * k for k in range(1, 11)])
    return np.where(good, 1.0, 9.0), confidence


def test_calibrated_confidence_gives_the_exact_threshold():
    """Kept from c on: the mean of c, c + 0.1, ..., 1 is (c + 1) / 2."""
    shuffle = np.random.default_rng(6).permutation(10_000)
    errors, confidence = (v[shuffle].reshape(100, 100) for v in calibrated())
    found = precision.report(errors, confidence, [0.5, 0.8, 0.84, 0.95, 1.0], 2.5)
    rows = {row.pop("wanted"): row for row in found["wanted"]}
    assert rows[0.8] == pytest.approx({"threshold": 0.6, "precision": 0.8, "kept": 0.5, "n": 5000})
    assert rows[0.84]["threshold"] == pytest.approx(0.7)  # 0.85 there
    assert rows[0.95]["threshold"] == pytest.approx(0.9)
    assert rows[1.0] == pytest.approx({"threshold": 1, "precision": 1, "kept": 0.1, "n": 1000})
    assert (rows[0.5]["threshold"], rows[0.5]["kept"]) == (0.1, 1.0)  # as they all are
    curve = found["curve"]
    k = np.flatnonzero(np.isclose(curve["threshold"], 0.56))[0]
    assert (curve["precision"][k], curve["kept"][k]) == pytest.approx((0.8, 0.5))


def test_a_precision_that_nothing_reaches_is_said():
    errors, confidence = calibrated()
    errors[confidence > 0.95] = 9  # the surest are wrong
    errors[-3:], confidence[-3:] = 1.0, 2.0  # three sure and right labels are chance
    found = precision.report(errors, confidence, [0.99], 2.5)
    assert found["wanted"][0] == {
        "wanted": 0.99,
        "threshold": None,
        "precision": None,
        "kept": None,
        "n": None,
    }
    assert "99 % of kept labels within 2.5 px: no confidence" in reporting.format_wanted(
        found["wanted"][0]
    )
    empty = precision.report(np.full(4, np.nan), np.ones(4), [0.5], 2.5)
    assert empty["wanted"][0]["threshold"] is None


def test_table_holds_both_places_of_every_labeled_part():
    predicted = np.arange(24.0).reshape(2, 6, 2)
    labeled = predicted + [3, 4]
    labeled[1, 2] = np.nan
    found = evaluation.table(predicted, labeled, np.ones((2, 6)), np.array([5, 9]), ANIMAL)
    assert len(found) == 11 and (found["error_px"] == 5).all()
    row = found[(found["sample"] == 9) & (found["part"] == "footL")].iloc[0]
    assert row[["x", "y", "label_x", "label_y"]].tolist() == [18, 19, 21, 23]


def test_report_lists_every_group_and_part_and_the_interval():
    errors = np.full((8, 6), 2.0)
    metrics = evaluation.metrics(errors, ANIMAL, 100.0, draws=100)
    metrics["confidence"] = precision.report(errors, np.full((8, 6), 0.7), [0.9], 2.5)
    lines = reporting.format_metrics(metrics).splitlines()
    # a group and a part are both called head
    assert [line.split()[0] for line in lines[1:8]] == "overall head leg leg leg head hipL".split()
    assert lines[1].split()[1:] == ["48", *["2.00"] * 6, "100.0%", "100.0%"]
    assert "8 images: median 2.00 to 2.00" in lines[-2]
    assert lines[-1] == "90 % of kept labels within 2.5 px: confidence 0.70 or more, keeps 100.0 %"
