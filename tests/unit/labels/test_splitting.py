"""Sources are merged in order and split into known shares; twins stay together."""

from dataclasses import replace

import numpy as np
import pytest
from fixtures.labels import fails, make

from leap_core import config, labels, skeleton
from leap_core.errors import UserError

# --- merge and split -------------------------------------------------------------------------


def test_merge_keeps_order_and_names_mismatches():
    one, two = make(np.full((2, 4, 2), 1.0)), make(np.full((3, 4, 2), 2.0))
    both = labels.merge([one, replace(two, source=np.array(["b"] * 3))])
    assert both.source.tolist() == ["a", "a", "b", "b", "b"]
    assert both.positions[:, 0, 0].tolist() == [1, 1, 2, 2, 2]
    with fails("8 x 8 px", "6 x 4 px"):
        labels.merge([one, make(np.ones((1, 4, 2)), np.zeros((1, 4, 6, 1)))])
    other = skeleton.from_dict({"name": "other", "parts": ["a", "b", "c", "d"]})
    with fails("tiny", "other"):
        labels.merge([one, make(np.ones((1, 4, 2)), tiny=other)])
    with fails("no sources"):
        labels.merge([])
    bare = make(np.ones((2, 4, 2)), np.zeros((2, 0, 0, 1)))
    with fails("labels a come without images"):
        labels.merge([bare], 8)


def test_merge_takes_the_mirror_partners_of_all_sources():
    def of(name, pairs):
        parts = ["head", "tail", "ohr1", "ohr2"]
        named = skeleton.from_dict({"parts": parts})
        found, _ = skeleton.with_pairs(named, pairs, name)
        return make(np.full((1, 4, 2), 1.0), tiny=found, source=np.array([name]))

    plain, ears, odd = of("a", []), of("b", [("ohr1", "ohr2")]), of("c", [("head", "ohr1")])
    for sources in ([plain, ears], [ears, plain], [ears, ears]):
        assert labels.merge(sources).skeleton.pairs == [("ohr1", "ohr2")]
    with fails("labels c", "b pair", "head", "ohr1", "symmetry"):
        labels.merge([ears, odd])


@pytest.mark.parametrize(
    ("total", "shares", "expected"),
    [
        (70, (0.765, 0.135, 0.10), (54, 9, 7)),
        (1500, (0.765, 0.135, 0.10), (1147, 203, 150)),
        (10, (0.9, 0.1, 0.0), (9, 1, 0)),
        (3, (0.765, 0.135, 0.10), (1, 1, 1)),
    ],
)
def test_split_counts(total, shares, expected):
    images = np.arange(total * 64).reshape(total, 8, 8, 1) % 251
    images[:, 0, 0, 0], images[:, 0, 1, 0] = np.arange(total) % 256, np.arange(total) // 256
    found = labels.split(make(np.ones((total, 4, 2)), images), config.Split(*shares), seed=1)
    sizes = [len(found.select(name)) for name in ("train", "validation", "test")]
    assert sum(sizes) == total
    assert all(abs(a - b) <= 1 for a, b in zip(sizes, expected, strict=True))
    assert all((share > 0) == (size > 0) for share, size in zip(shares, sizes, strict=True))


def test_split_is_seeded_and_leaves_unlabeled_samples_out():
    points = np.ones((40, 4, 2))
    points[::4] = np.nan
    points[1::4, 1:] = np.nan  # partial labels count
    made = make(points)
    one, two, three = (labels.split(made, config.Split(), seed) for seed in (1, 1, 2))
    assert (one.split[::4] == -1).all()
    assert (np.delete(one.split, np.s_[::4]) >= 0).all()
    np.testing.assert_array_equal(one.split, two.split)
    assert (one.split != three.split).any()


def test_duplicates_never_cross_splits():
    rng = np.random.default_rng(4)
    owner = rng.integers(0, 12, 60)
    images = rng.integers(0, 255, (12, 8, 8, 1))[owner]
    for seed in range(20):
        found = labels.split(make(np.ones((60, 4, 2)), images), config.Split(), seed)
        assert {len(set(found.split[owner == k])) for k in set(owner)} == {1}
        assert set(found.split) == {0, 1, 2}


def test_too_few_labels():
    points = np.ones((5, 4, 2))
    points[2:] = np.nan
    with fails("2 of 5 samples", "at least 3"):
        labels.split(make(points), config.Split(), 1)
    with fails("0 of 5"):
        labels.split(make(points * np.nan), config.Split(), 1)
    same = np.zeros((5, 8, 8, 1))  # five copies of one image
    with fails("5 of 5", "1 different image"):
        labels.split(make(np.ones((5, 4, 2)), same), config.Split(), 1)


def test_labels_of_another_size_than_the_crops_are_refused_before_training(fly):
    with pytest.raises(UserError, match=r"images of 192 x 192 px, but crop.size is 64"):
        labels.merge([fly], 64)
    assert len(labels.merge([fly], 192).images) == 70
