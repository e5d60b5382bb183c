import cv2
import numpy as np
import pytest
import tifffile
from fixtures import deep

from leap_core.errors import UserError
from leap_core.io import images, pixels

SAMPLES = np.rint(deep.ramp() * 4095).astype(np.uint16)
LEVELS = np.rint(SAMPLES * (255 / 4095)).astype(np.uint8)


def encoded(samples, suffix=".png"):
    done, data = cv2.imencode(suffix, samples)
    assert done
    return data.tobytes()


def grey(content):
    return pixels.grey([images.decode(content, "a.png")], "a.png", pixels.Depth(ask=True))[0]


def test_images_of_8_bits_are_as_opencv_reads_them():
    colour = np.random.default_rng(0).integers(0, 256, (16, 16, 3)).astype(np.uint8)
    for suffix in (".png", ".jpg", ".bmp", ".tif", ".ppm", ".webp"):
        content = encoded(colour, suffix)
        wanted = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE)
        np.testing.assert_array_equal(grey(content), wanted)


def test_a_png_says_how_many_bits_count():
    """As the standard wants it, scaled to 16 bits, or as many programs write it."""
    zeros, repeated = SAMPLES << 4, (SAMPLES << 4) | (SAMPLES >> 8)
    for samples in (zeros, repeated, SAMPLES):
        png = deep.with_chunk(encoded(samples), b"sBIT", bytes([12]))
        assert np.abs(grey(png).astype(int) - LEVELS).max() <= 1
    colour = np.dstack([SAMPLES] * 3)
    png = deep.with_chunk(encoded(colour), b"sBIT", bytes([12, 12, 12]))
    assert np.abs(grey(png).astype(int) - LEVELS).max() <= 1


def test_a_dark_png_with_its_bits_is_not_brightened():
    png = deep.with_chunk(encoded(SAMPLES // 5), b"sBIT", bytes([12]))
    np.testing.assert_array_equal(grey(png), np.rint(SAMPLES // 5 * (255 / 4095)))


def test_16_bits_without_a_word_are_left_open():
    assert images.decode(encoded(SAMPLES), "a.png").white is None
    assert images.decode(encoded(SAMPLES, ".tif"), "a.tif").white is None


def test_tiffs_that_state_their_depth(tmp_path):
    tag = (281, 3, 1, 4095, True)
    tifffile.imwrite(tmp_path / "a.tif", SAMPLES // 5, extratags=[tag])
    found = grey((tmp_path / "a.tif").read_bytes())
    np.testing.assert_array_equal(found, np.rint(SAMPLES // 5 * (255 / 4095)))
    np.testing.assert_array_equal(grey(deep.packed_tiff(SAMPLES // 5)), found)
    # the largest sample of this very image is no depth
    tifffile.imwrite(tmp_path / "b.tif", SAMPLES, extratags=[(281, 3, 1, 4000, True)])
    assert images.decode((tmp_path / "b.tif").read_bytes(), "b.tif").white is None


def test_a_tiff_whose_white_is_0_is_not_read_as_its_negative(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", SAMPLES, photometric="miniswhite")
    with pytest.raises(UserError, match=r"a\.tif: 0 is white"):
        images.decode((tmp_path / "a.tif").read_bytes(), "a.tif")


def test_deep_colours_in_planes_are_not_mixed_up(tmp_path):
    planes = np.stack([SAMPLES, SAMPLES // 2, SAMPLES // 3])
    options = {"photometric": "rgb", "planarconfig": "separate"}
    tifffile.imwrite(tmp_path / "a.tif", planes, **options)
    with pytest.raises(UserError, match=r"a\.tif: has its colours in planes"):
        images.decode((tmp_path / "a.tif").read_bytes(), "a.tif")


def test_a_pgm_names_its_white():
    head = b"P5\n# a comment\n64 48\n4095\n"
    np.testing.assert_array_equal(grey(head + SAMPLES.astype(">u2").tobytes()), LEVELS)


def test_what_is_no_image():
    assert images.decode(b"", "a.png") is None
    assert images.decode(b"no image at all", "a.png") is None
    cut = deep.with_chunk(encoded(SAMPLES), b"sBIT", b"")
    assert images.decode(cut, "a.png").white is None
