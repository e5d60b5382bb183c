"""Sources are merged in order; what does not fit together is named."""

from dataclasses import replace

import numpy as np
import pytest
from fixtures.labels import fails, make

from leap_core import labels, skeleton
from leap_core.errors import UserError


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


def test_merge_keeps_which_frames_are_those_of_a_video():
    rows = make(np.ones((2, 4, 2)))
    frames = make(np.ones((2, 4, 2)), source=np.array(["b"] * 2), video=np.array(["film"] * 2))
    assert labels.merge([rows, frames]).video.tolist() == ["", "", "film", "film"]


def test_labels_of_another_size_than_the_crops_are_refused_before_training(fly):
    with pytest.raises(UserError, match=r"images of 192 x 192 px, but crop.size is 64"):
        labels.merge([fly], 64)
    assert len(labels.merge([fly], 192).images) == 70
