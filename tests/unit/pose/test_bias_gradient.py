"""Gradients of biases against their closed form, and against float32."""

import numpy as np
import pytest
import tensorflow as tf

from leap_core.pose import bias_gradient, networks

SIDE, IMAGES = 96, 8


@pytest.mark.parametrize("kind", ["conv", "up"])
def test_ones_add_up_to_their_number(kind):
    blocks = networks.Blocks("mixed_bfloat16", 0, "glorot_uniform")
    image = tf.keras.Input((None, None, 1))
    network = tf.keras.Model(image, getattr(blocks, kind)(image, 2, activation="linear"))
    images = tf.ones((IMAGES, SIDE, SIDE, 1))
    before = network(images)
    with tf.GradientTape() as tape, bias_gradient.in_float32(network):
        maps = network(images)
        total = tf.reduce_sum(tf.cast(maps, tf.float32))
    pixels = IMAGES * SIDE**2 * (4 if kind == "up" else 1)
    assert tape.gradient(total, network.trainable_variables)[-1].numpy().tolist() == [pixels] * 2
    np.testing.assert_array_equal(before, maps)
    assert network.layers[-1].use_bias and network.layers[-1].activation.__name__ == "linear"


def _spread(rng, shape):
    """Weights that keep the size of what goes through them; every bias takes part."""
    return rng.normal(0, 0.05 if len(shape) == 1 else np.sqrt(2 / np.prod(shape[:3])), shape)


@pytest.mark.parametrize("name", networks.NETWORKS)
def test_half_precision_learns_biases_as_float32_does(name):
    rng = np.random.default_rng(0)
    images = tf.constant(rng.random((4, 64, 64, 1), np.float32))
    gradients = {}
    weights = None
    for policy in ("float32", "mixed_bfloat16"):
        network = networks.build(name, 8, 8, policy)
        weights = weights or [_spread(rng, w.shape) for w in network.get_weights()]
        network.set_weights(weights)
        with tf.GradientTape() as tape, bias_gradient.in_float32(network):
            maps = networks.maps_of(network, images, training=True)
            loss = tf.add_n([tf.reduce_mean((m - 0.3) ** 2) for m in maps])
        found = tape.gradient(loss, network.trainable_variables)
        gradients[policy] = [g.numpy() for g in found if len(g.shape) == 1]
    for right, half in zip(*gradients.values(), strict=True):
        # 8 binary digits in each of many layers; sums in bfloat16 reach 24 to 60 % of it
        assert np.vdot(half, right) / np.vdot(right, right) == pytest.approx(1, abs=0.1)
