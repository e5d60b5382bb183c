"""Gradients of biases in half precision, summed in float32.

A bias is added at every pixel of every image, so its gradient is a sum over all of them.
TensorFlow 2.21 (BiasAddGrad) sums it in bfloat16, which has 8 binary digits: there a sum of
ones stops at 256.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras


@contextmanager
def in_float32(network: keras.Model) -> Iterator[None]:
    """Within, calls of the network have these gradients; its outputs are the same.

    The convolutions leave their biases to their activations for that time.  Inside a
    ``GradientTape``, since the biases are read on entering.
    """
    import tensorflow as tf

    kept: list[tuple[Any, Any]] = []
    for layer in network.layers:
        if getattr(layer, "use_bias", False) and layer.compute_dtype != "float32":
            kept.append((layer, layer.activation))
    for layer, activation in kept:
        layer.activation = _biased(tf.convert_to_tensor(layer.bias), activation)
        layer.use_bias = False
    try:
        yield
    finally:
        for layer, activation in kept:
            layer.activation, layer.use_bias = activation, True


def _biased(bias, activation):
    import tensorflow as tf

    @tf.custom_gradient
    def add(x, bias):
        def gradient(upstream):
            return upstream, tf.reduce_sum(tf.cast(upstream, tf.float32), axis=[0, 1, 2])

        return x + tf.cast(bias, x.dtype), gradient

    def activate(x):
        return activation(add(x, bias))

    return activate
