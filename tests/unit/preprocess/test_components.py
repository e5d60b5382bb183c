"""What is found in cells, and by whole comparisons, is what a look at every pixel finds."""

import cv2
import numpy as np
import pytest
from scipy import ndimage

from leap_core import numerics
from leap_core.preprocess import components
from leap_core.preprocess.recipe import Floor

EIGHT = np.ones((3, 3))  # neighbors of a pixel


def _blotches(seed, share):
    """A mask with spots of many sizes, on sides that are no multiples of a cell."""
    rng = np.random.default_rng(seed)
    height, width = rng.integers(60, 300, 2)
    spots = cv2.GaussianBlur(rng.normal(size=(height, width)), (0, 0), rng.uniform(0.5, 6))
    return spots > np.quantile(spots, 1 - share)


@pytest.mark.parametrize("share", [0.002, 0.05, 0.3])
@pytest.mark.parametrize("seed", range(8))
def test_pieces_are_those_of_labeling_all(seed, share):
    mask, least = _blotches(seed, share), 1 + 10 * seed
    labels, count = ndimage.label(mask, EIGHT)
    boxes = ndimage.find_objects(labels)
    expected = {}
    for name, (rows, columns) in enumerate(boxes, 1):
        own = labels[rows, columns] == name
        if own.sum() >= least:
            expected[own.tobytes(), columns.start, rows.start] = own.sum()
    found = {(own.tobytes(), x, y): area for own, (x, y), area in components.pieces(mask, least)}
    assert found == expected
    areas = np.bincount(labels.ravel())[1:]
    own, (x, y), area = components.largest(mask)
    assert area == areas.max()
    names = labels[y : y + own.shape[0], x : x + own.shape[1]][own]
    assert names.min() == names.max() and areas[names[0] - 1] == areas.max()


def test_an_empty_mask_has_no_pieces():
    empty = np.zeros((100, 90), bool)
    assert list(components.pieces(empty)) == [] and components.largest(empty)[2] == 0


@pytest.mark.parametrize("bright", [True, False])
@pytest.mark.parametrize("threshold", [-1.0, 0.0, 7.5, 60.0, 254.5, 255.0])
@pytest.mark.parametrize("offset", [0, 9])
def test_above_is_the_signal_above_the_threshold(bright, threshold, offset):
    rng = np.random.default_rng(0)
    image, background = rng.integers(0, 256, (2, 40, 50), dtype=np.uint8)
    for floor in (Floor(background, threshold, 6.0, bright), Floor(None, threshold, 6.0, bright)):
        signal = floor.signal(image).astype(int)
        assert (floor.above(image, offset) == (signal > threshold + offset)).all()


@pytest.mark.parametrize("count", [1, 2, 60, 61, 300])
def test_ranks_are_those_of_sorting(count):
    images = np.random.default_rng(count).integers(0, 256, (count, 31, 700), dtype=np.uint8)
    images[:, 0], images[:, 1] = 0, 255
    for rank in {0, count // 20, count // 2, count - 1}:
        assert (numerics.ranked(images, rank) == np.sort(images, axis=0)[rank]).all()
    median = np.rint(np.median(images, axis=0))
    assert (numerics.median_image(images) == median).all()


@pytest.mark.parametrize("half", [1, 7, 200])
def test_a_running_median_is_that_of_each_window(half):
    values = np.random.default_rng(half).integers(0, 20, 300).astype(float)
    expected = ndimage.median_filter(values, 2 * half + 1, mode="nearest")
    assert (numerics.running_median(values, half) == expected).all()
