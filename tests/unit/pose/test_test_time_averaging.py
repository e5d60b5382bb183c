"""Views of an image: known blobs, known maps, and what the mean of the maps must do."""

from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from leap_core import config
from leap_core.errors import UserError
from leap_core.pose import confmaps, inference, model, test_time_averaging
from leap_core.skeleton import Skeleton, from_dict

PAIR = Skeleton(["left", "right"], [], [1, 0])
CARD = model.ModelCard(PAIR, "leap_cnn", 2, 1.0, 96, 3.0, 1, 0.0)
SIDE, MIDDLE = 96, 47.5


def blobs(points):
    return confmaps.render(tf.constant(points, tf.float32), SIDE, SIDE, 3.0)


def network(noise=0.0, seed=0):
    """Gives two equal maps: the image itself, and noise that stays where it is."""
    pattern = np.random.default_rng(seed).normal(0, noise, (1, SIDE, SIDE, 2)).astype(np.float32)
    image = keras.Input((SIDE, SIDE, 1))
    maps = keras.layers.Concatenate()([image, image])
    return keras.Model(image, keras.layers.Lambda(lambda found: found + pattern)(maps))


def find(points, how, **noise):
    """Points (image, xy) as the left part's positions, and confidence."""
    images = np.round(blobs(points[:, None]).numpy() * 255).astype(np.uint8)
    positions, confidence = inference.predictor(network(**noise), CARD, how)(images)
    return positions[:, 0], confidence[:, 0]


@pytest.mark.parametrize("degrees", [20.0, -75.0, 180.0])
def test_a_turned_blob_is_where_the_rotation_puts_it(degrees):
    points = np.random.default_rng(1).uniform(35, 60, (6, 1, 2))
    found, _ = confmaps.peaks(test_time_averaging.turn(blobs(points), degrees), "smooth", 3.0)
    angle = np.deg2rad(degrees)
    x, y = np.moveaxis(points - MIDDLE, -1, 0)
    expected = [x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)]
    np.testing.assert_allclose(found, np.stack(expected, -1) + MIDDLE, atol=0.05)


def test_a_frame_that_is_not_square_turns_about_its_own_middle():
    image = np.zeros((1, 40, 80, 1), np.float32)
    image[0, 19:21, 60:62] = 1
    turned = test_time_averaging.turn(tf.constant(image), 90.0)[0, ..., 0].numpy()
    assert turned.shape == (40, 80)
    assert turned.sum() == pytest.approx(0, abs=1e-4)  # 21 px below the middle is outside
    image[0, 19:21, 50:52] = 1
    turned = test_time_averaging.turn(tf.constant(image), 90.0)[0, ..., 0].numpy()
    y, x = np.nonzero(turned > 0.5)
    assert sorted(set(y)) == [30, 31] and sorted(set(x)) == [39, 40]


@pytest.mark.parametrize("mirror", [False, True])
def test_views_leave_perfect_maps_alone_also_in_the_corners(mirror):
    points = np.array([[47.3, 20.8], [70.2, 61.9], [4.0, 4.0], [91.0, 3.0], [92.0, 92.0], [48, 2]])
    how = config.Prediction(refine="quadratic", mirror=mirror, turns=[25, -10], batch_size=4)
    positions, confidence = find(points, how)
    np.testing.assert_allclose(positions, points, atol=0.15)
    assert confidence.min() > 0.9 and confidence.max() < 1.02


def test_noise_of_the_maps_averages_out_over_views():
    points = np.random.default_rng(2).uniform(20, 75, (300, 2))
    error = {}
    for turns in ((), (10.0, -10.0)):
        how = config.Prediction(refine="quadratic", turns=list(turns), batch_size=50)
        positions, _ = find(points, how, noise=0.03)
        error[turns] = np.sqrt(np.square(positions - points).mean())
    # three views of independent noise; interpolation takes away a little more
    assert error[()] / error[10.0, -10.0] > np.sqrt(3)


def test_turns_reach_to_45_degrees(root):
    base = {"dataset": "d", "skeleton": "s.yaml", "videos": [{"id": "a", "path": "a.mp4"}]}
    assert config.from_dict(base | {"prediction": {"turns": [45]}}).prediction.turns == [45]
    with pytest.raises(UserError, match="prediction.turns"):
        config.from_dict(base | {"prediction": {"turns": [46]}})


def test_no_mirror_image_where_a_part_may_have_a_side(capsys):
    points = np.random.default_rng(3).uniform(20, 75, (4, 2))
    images = np.round(blobs(points[:, None]).numpy() * 255).astype(np.uint8)
    found = []
    for mirror in (False, True):
        card = replace(CARD, skeleton=from_dict({"parts": ["head", "tailL"]}))
        how = config.Prediction(mirror=mirror, batch_size=4)
        found.append(inference.predictor(network(0.03), card, how)(images)[0])
        assert ("tailL" in capsys.readouterr().out) is mirror
    np.testing.assert_array_equal(*found)
    card = replace(CARD, skeleton=from_dict({"parts": ["head", "left_ear"]}))
    with pytest.raises(UserError, match="skeleton skeleton: part 'left_ear'.*prediction.mirror"):
        inference.predictor(network(), card, how)
