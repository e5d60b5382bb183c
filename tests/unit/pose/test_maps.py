"""Confidence maps, loss, networks and augmentation by their definitions."""

from dataclasses import replace

import numpy as np
import pytest
from fixtures.blobs import PAIR, PAPER, blobs

from leap_core.pose import (
    augmentation,
    networks,
    schedule,
)


def test_confidence_map_is_the_gaussian_of_the_paper():
    from leap_core.pose import confmaps

    points = np.array([[[20.25, 11.5], [np.nan, 3.0]]], np.float32)
    maps = confmaps.render(points, 24, 40, sigma=5.0).numpy()
    assert maps.shape == (1, 24, 40, 2)
    y, x = np.mgrid[:24, :40]
    expected = np.exp(-((x - 20.25) ** 2 + (y - 11.5) ** 2) / (2 * 5**2))
    np.testing.assert_allclose(maps[0, ..., 0], expected, atol=1e-6)
    assert np.all(maps[0, ..., 1] == 0)


@pytest.mark.parametrize("weight", [0.0, 7.0])
def test_loss_of_empty_maps_is_the_sum_of_gaussians(weight):
    """Sums over a Gaussian of peak 1: t^2 gives pi s^2, t^3 gives 2 pi s^2 / 3."""
    from leap_core.pose import loss

    sigma, side = 2.0, 40
    points = np.array([[[19.3, 20.6], [np.nan, np.nan], [17.0, 22.2]]], np.float32)
    maps = np.zeros((1, side, side, 3), np.float32)
    found = float(loss.square_error(maps, points, sigma, weight))
    expected = np.pi * sigma**2 * (1 + weight * 2 / 3) / side**2
    assert found == pytest.approx(expected, rel=1e-4)


def test_loss_weighs_every_pixel_by_its_target():
    from leap_core.pose import loss

    rng = np.random.default_rng(0)
    points = rng.uniform(0, 8, (2, 3, 2)).astype(np.float32)
    points[1, 2] = np.nan
    maps = rng.normal(size=(2, 8, 8, 3)).astype(np.float32)
    total = []
    for sample, part in ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1)):
        cells = []
        for y in range(8):
            for x in range(8):
                away = (x - points[sample, part, 0]) ** 2 + (y - points[sample, part, 1]) ** 2
                target = np.exp(-away / (2 * 1.5**2))
                cells.append((1 + 3 * target) * (maps[sample, y, x, part] - target) ** 2)
        total.append(np.mean(cells))
    assert float(loss.square_error(maps, points, 1.5, 3.0)) == pytest.approx(np.mean(total))


def test_unlabeled_parts_weigh_nothing():
    import tensorflow as tf

    from leap_core.pose import loss

    points = np.array([[[4.0, 4.0], [np.nan, 3.0]]], np.float32)
    maps = tf.Variable(np.random.default_rng(0).normal(size=(1, 8, 8, 2)).astype(np.float32))
    with tf.GradientTape() as tape:
        value = loss.square_error(maps, points, 1.5, 10.0)
    slope = tape.gradient(value, maps).numpy()
    assert np.all(slope[..., 1] == 0) and np.all(slope[..., 0] != 0)
    assert float(loss.square_error(maps, np.full_like(points, np.nan), 1.5, 10.0)) == 0


def test_peaks_recover_sub_pixel_positions():
    from leap_core.pose import confmaps

    rng = np.random.default_rng(1)
    points = rng.uniform(4, 27, (8, 6, 2)).astype(np.float32)
    maps = confmaps.render(points, 32, 32, sigma=2.5)
    refined, value = confmaps.peaks(maps)
    whole, _ = confmaps.peaks(maps, "none")
    assert np.abs(refined - points).max() < 0.05
    np.testing.assert_array_equal(whole, np.round(points))
    assert value.numpy().min() > 0.9


def test_global_maximum_is_joint_over_both_axes():
    """Two ridges fool two separate arg-max over rows and columns; the joint one is not fooled."""
    from leap_core.pose import confmaps

    image = np.zeros((1, 9, 9, 1), np.float32)
    image[0, 2, :, 0] = 0.5
    image[0, :, 7, 0] = 0.5
    image[0, 6, 1, 0] = 0.9
    xy, value = confmaps.peaks(image, "none")
    assert xy.numpy().tolist() == [[[1, 6]]]
    assert value.numpy() == pytest.approx(0.9)


def test_peak_at_the_border_stays_inside():
    from leap_core.pose import confmaps

    image = np.zeros((1, 6, 6, 1), np.float32)
    image[0, 0, 5, 0] = 1
    xy, _ = confmaps.peaks(image)
    assert xy.numpy().tolist() == [[[5, 0]]]


def test_multiplications_of_leap_cnn_are_those_of_its_layers():
    """Widths of Supplementary Figure 5a; a 3 x 3 layer costs 9 for each pixel and pair of channels.

    A transposed convolution to twice the size does so for every pixel that it starts from.
    """
    whole, half, quarter = 192**2, 96**2, 48**2
    pairs = whole * (1 * 64 + 2 * 64 * 64) + half * (64 * 128 + 2 * 128 * 128)
    pairs += quarter * (128 * 256 + 2 * 256 * 256 + 256 * 128)  # the last to half the size
    pairs += half * (2 * 128 * 128 + 128 * 32)  # the last to the whole
    network = networks.build("leap_cnn", 32, 64)
    assert networks.multiply_adds(network, 192, 192) == 9 * pairs
    assert 2 * 9 * pairs == pytest.approx(26.6e9, rel=0.01)


@pytest.mark.parametrize(("filters", "count"), [(64, 2_545_952), (32, 646_304)])
def test_leap_cnn_has_the_published_number_of_parameters(filters, count):
    assert networks.build("leap_cnn", 32, filters).count_params() == count


def test_network_keeps_image_size():
    network = networks.build("leap_cnn", 5, 2)
    assert network(np.zeros((2, 24, 36, 1))).shape == (2, 24, 36, 5)


def test_points_follow_their_pixels_through_every_augmentation():
    """A bright dot in the image must stay under its point, mirrored, turned, scaled, shifted."""
    settings = replace(PAPER, rotation_deg=40, scale=0.2, shift_px=4, mirror=True)
    labels = blobs(40, side=64)
    images = np.zeros((40, 64, 64, 1), np.float32)
    for k, (x, y) in enumerate(np.round(labels.positions[:, 3]).astype(int)):
        images[k, y - 1 : y + 2, x - 1 : x + 2] = 1
    points = np.round(labels.positions)
    swap = np.array(PAIR.swap)
    out, moved = augmentation.augment(images, points, swap, settings, 1.0, np.random.default_rng(3))
    y, x = np.mgrid[:64, :64]
    mirrored = 0
    for k in range(40):
        weight = out[k, ..., 0]
        centre = np.array([(weight * x).sum(), (weight * y).sum()]) / weight.sum()
        errors = np.linalg.norm(moved[k] - centre, axis=1)
        assert np.argmin(errors) in (2, 3)  # the right foot, or the left one in a mirror image
        assert errors.min() < 0.3
        mirrored += int(np.argmin(errors) == 2)
    assert 8 < mirrored < 32


def test_shrunken_points_stay_on_their_pixels():
    labels = blobs(3, side=64)
    dots = np.zeros((3, 64, 64, 1), np.uint8)
    at = np.round(labels.positions[:, 0]).astype(int) // 4 * 4
    for k, (x, y) in enumerate(at):
        dots[k, y : y + 4, x : x + 4] = 255
    small = augmentation.shrink(dots, 0.25)
    expected = augmentation.shrink_points(at + 1.5, 0.25)
    for k in range(3):
        y, x = np.unravel_index(np.argmax(small[k, ..., 0]), (16, 16))
        np.testing.assert_allclose([x, y], expected[k])
    np.testing.assert_allclose(augmentation.grow_points(expected, 0.25), at + 1.5)


def test_mask_imitation_removes_dim_pixels_only():
    settings = replace(PAPER, rotation_deg=0, mirror=False, mask=[100.0, 100.0], mask_share=1.0)
    image = np.linspace(0, 1, 32 * 32, dtype=np.float32).reshape(1, 32, 32, 1)
    out, _ = augmentation.augment(
        image, np.zeros((1, 1, 2)), np.array([0]), settings, 1.0, np.random.default_rng(0)
    )
    dim = image < 100 / 255
    assert np.all(out[dim] == 0)
    np.testing.assert_allclose(out[~dim], image[~dim], atol=1e-6)


def test_plateau_follows_the_papers_rule():
    plateau = schedule.Plateau(1e-3)
    rates = []
    for loss in (1.0, 0.5, 0.5, 0.5 - 5e-6, 0.5, 0.4, 0.4, 0.4, 0.4):
        plateau.after_epoch(loss)
        rates.append(plateau.rate)
    np.testing.assert_allclose(rates, [1e-3] * 4 + [1e-4] * 4 + [1e-5])


def test_rate_rises_evenly_and_stays():
    factors = [schedule.warmup(step, 4) for step in range(6)]
    np.testing.assert_allclose(factors, [0.25, 0.5, 0.75, 1, 1, 1])
    assert schedule.warmup(0, 0) == schedule.warmup(0, 0.4) == 1
