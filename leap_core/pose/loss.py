"""The training loss: how far predicted maps are from those of the labels."""

from __future__ import annotations

import tensorflow as tf

from leap_core.pose import confmaps


def square_error(
    maps: tf.Tensor, points: tf.Tensor, sigma: float, foreground: float | tf.Tensor = 0.0
) -> tf.Tensor:
    """Mean over labeled parts of mean over pixels of (1 + foreground * t) (map - t)^2.

    t is the part's Gaussian (:func:`leap_core.pose.confmaps.render`).  With ``foreground`` 0 this
    is the mean squared error of the paper (Methods: LEAP training procedure).

    Args:
        maps: (batch, y, x, joint) of the network.
        points: (batch, joint, xy) px at network resolution; parts with NaN have no weight.
        sigma: of the Gaussians, px at network resolution.
        foreground: additional weight where t is 1.

    Returns:
        A number; 0 when nothing is labeled.
    """
    target = confmaps.render(points, maps.shape[1], maps.shape[2], sigma)
    known = tf.cast(tf.reduce_all(tf.math.is_finite(points), axis=-1), tf.float32)
    square = tf.reduce_mean((1 + foreground * target) * tf.square(maps - target), axis=(1, 2))
    return tf.reduce_sum(square * known) / tf.maximum(tf.reduce_sum(known), 1.0)
