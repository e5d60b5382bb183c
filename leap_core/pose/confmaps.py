"""Confidence maps rendered from points, and points read back from maps, on the device."""

from __future__ import annotations

import tensorflow as tf


def render(points: tf.Tensor, height: int, width: int, sigma: float) -> tf.Tensor:
    """Gaussians of peak 1 around points: exp(-|p - p0|^2 / (2 sigma^2)).

    Args:
        points: (batch, joint, xy) px; NaN gives an empty map.
        sigma: standard deviation, px (LEAP Methods: 5 px at 192 px).

    Returns:
        (batch, y, x, joint) float32.
    """

    def bumps(coordinate, size):  # (batch, size, joint)
        axis = tf.range(size, dtype=tf.float32)[None, :, None]
        return tf.exp(-tf.square(axis - coordinate[:, None, :]) / (2 * sigma**2))

    known = tf.reduce_all(tf.math.is_finite(points), axis=-1, keepdims=True)
    safe = tf.where(known, points, tf.fill(tf.shape(points), -1e6))
    return bumps(safe[..., 1], height)[:, :, None, :] * bumps(safe[..., 0], width)[:, None, :, :]


def peaks(maps: tf.Tensor, refine: str = "quadratic") -> tuple[tf.Tensor, tf.Tensor]:
    """Global maximum of every map: joint arg-max over the image, then a sub-pixel step.

    Args:
        maps: (batch, y, x, joint) float32.
        refine: "quadratic" fits a parabola through the peak and its two neighbours along each
            axis (exact for a parabola; none at the border); "none" keeps whole pixels.

    Returns:
        positions (batch, joint, xy) px and the peak value (batch, joint).
    """
    height, width, joints = tf.shape(maps)[1], tf.shape(maps)[2], tf.shape(maps)[3]
    flat = tf.reshape(tf.transpose(maps, (0, 3, 1, 2)), (-1, joints, height * width))
    best = tf.argmax(flat, axis=-1, output_type=tf.int32)
    value = tf.gather(flat, best, axis=-1, batch_dims=2)
    y, x = best // width, best % width
    xy = tf.cast(tf.stack([x, y], axis=-1), tf.float32)
    if refine == "quadratic":
        offsets = []
        for position, size, step in ((x, width, 1), (y, height, width)):
            low = tf.gather(flat, tf.maximum(best - step, 0), axis=-1, batch_dims=2)
            last = height * width - 1
            high = tf.gather(flat, tf.minimum(best + step, last), axis=-1, batch_dims=2)
            bend = 2 * value - low - high
            inside = (position > 0) & (position < size - 1) & (bend > 1e-6)
            offset = tf.where(inside, (high - low) / (2 * tf.where(inside, bend, 1.0)), 0.0)
            offsets.append(tf.clip_by_value(offset, -0.5, 0.5))
        xy += tf.stack(offsets, axis=-1)
    return xy, value
