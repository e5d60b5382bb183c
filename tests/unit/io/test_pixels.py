import numpy as np
import pytest

from leap_core.errors import UserError
from leap_core.io import pixels
from leap_core.io.pixels import Depth, Picture

RNG = np.random.default_rng(0)


def picture(samples):
    return pixels.luma(np.asarray(samples), "x")


@pytest.mark.parametrize(
    ("largest", "bits"), [(255, 8), (256, 10), (1023, 10), (1024, 12), (4096, 14), (16384, 16)]
)
def test_depth_is_the_smallest_that_holds_all_samples(largest, bits):
    depth = Depth()
    assert depth.of_samples(largest, "a.png") == bits
    assert f"{bits} bits" in depth.notes[0] and str(largest) in depth.notes[0]


@pytest.mark.parametrize("bits", [8, 9, 10, 12, 14, 16])
def test_levels_are_the_nearest_of_255_parts(bits):
    samples = np.unique(RNG.integers(0, 1 << bits, 500)).astype(np.uint16)
    found = pixels.levels(samples, (1 << bits) - 1)
    exact = samples.astype(float) * 255 / ((1 << bits) - 1)
    assert np.abs(found - exact).max() <= 0.5 + 1e-9
    np.testing.assert_array_equal(pixels.levels(samples.astype(float), (1 << bits) - 1), found)


def test_one_gain_for_all_images_of_a_source():
    """A dark image of a 12-bit camera would fit in 10 bits."""
    dark, light = picture(np.full((2, 2), 819, np.uint16)), picture(np.full((2, 2), 4000, "u2"))
    found = pixels.grey([dark, light], "labels.csv")
    assert [image[0, 0] for image in found] == [round(819 * 255 / 4095), round(4000 * 255 / 4095)]


def test_images_of_8_bits_among_deep_ones_keep_their_levels():
    eight = picture(np.full((2, 2), 200, np.uint8))
    found = pixels.grey([eight, picture(np.full((2, 2), 2048, np.uint16))], "labels.csv")
    assert [image[0, 0] for image in found] == [200, 128]


def test_floats_reach_to_one_or_255_or_as_whole_numbers():
    whole = RNG.integers(0, 4096, (8, 8))
    whole[0, 0] = 4095
    (deep,) = pixels.grey([picture(whole.astype(np.uint16))], "x")
    for scale in (4095, 4095 / 255, 1):
        (found,) = pixels.grey([picture(whole / scale)], "x")
        np.testing.assert_array_equal(found, deep)


def test_a_dark_image_among_floats_stays_dark():
    """Floats of 0..255 of which one image holds nothing above 1."""
    found = pixels.grey([picture(np.full((2, 2), 0.9)), picture(np.full((2, 2), 180.0))], "x")
    assert [image[0, 0] for image in found] == [1, 180]


def test_given_bits_win_and_nothing_is_clipped():
    deep = picture(np.full((2, 2), 900, np.uint16))
    assert pixels.grey([deep], "x", Depth(12))[0][0, 0] == round(900 * 255 / 4095)
    stated = Picture(np.full((2, 2), 900, np.uint16), 1023)
    assert pixels.grey([stated], "x", Depth(12))[0][0, 0] == round(900 * 255 / 4095)
    with pytest.raises(UserError, match=r"a\.csv: holds the value 5000, .* `bits` .* to 14"):
        pixels.grey([picture(np.full((2, 2), 5000, np.uint16))], "a.csv", Depth(12))
    with pytest.raises(UserError, match=r"a\.csv: holds the value 70000, more than 16 bits"):
        pixels.grey([picture(np.full((2, 2), 70000))], "a.csv")
    with pytest.raises(UserError, match=r"a\.csv: holds the value -300, below black"):
        pixels.grey([picture(np.array([[-300, 5000]], np.int16))], "a.csv")


def test_a_job_that_sees_one_file_of_many_asks_for_the_bits():
    ask = Depth(ask=True)
    deep = picture(np.full((2, 2), 3890, np.uint16))
    with pytest.raises(UserError, match=r"a\.csv: .* no value above 3890; set `bits` .* 12 or mo"):
        pixels.grey([deep], "a.csv", ask)
    assert pixels.grey([deep], "a.csv", Depth(12, ask=True))[0][0, 0] == 242
    # images that state their white leave no doubt
    assert pixels.grey([Picture(np.full((2, 2), 4095, np.uint16), 4095)], "x", ask)[0][0, 0] == 255
    assert pixels.grey([picture(np.full((2, 2), 0.5))], "x", ask)[0][0, 0] == 128


def test_colour_is_luma_in_every_depth():
    colour = RNG.integers(0, 256, (4, 4, 3)).astype(np.uint8)
    exact = colour @ np.array([0.299, 0.587, 0.114])
    deep = (colour.astype(np.uint16) * 257, colour / 255, colour.astype(float))
    for image in (colour, *deep, np.dstack([colour, np.full((4, 4), 255, np.uint8)])):
        (found,) = pixels.grey([picture(image)], "x")
        assert np.abs(found - exact).max() <= 1


def test_arrays_that_are_no_image_are_refused():
    for wrong in (np.zeros((1, 8, 8)), np.zeros(8), np.zeros((4, 4), complex), np.zeros((0, 4))):
        with pytest.raises(UserError, match="box.h5 row 3: an "):
            pixels.luma(wrong, "box.h5 row 3")
