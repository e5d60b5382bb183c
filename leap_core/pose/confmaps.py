"""Confidence maps rendered from points, and points read back from maps, on the device."""

from __future__ import annotations

import math

import numpy as np
import tensorflow as tf

from leap_core.pose.map_peaks import SMOOTHING


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


def peaks(
    maps: tf.Tensor, refine: str = "quadratic", sigma: float = 0.0
) -> tuple[tf.Tensor, tf.Tensor]:
    """Global maximum of every map: joint arg-max over the image, then a sub-pixel step.

    Args:
        maps: (batch, y, x, joint) float32.
        refine: "quadratic" fits a parabola through the peak and its two neighbours along each
            axis (exact for a parabola; none at the border); "smooth" does so after the map around
            the peak is smoothed; "none" keeps whole pixels.
        sigma: of the Gaussians that the maps were trained on, px of the map; for "smooth".

    Returns:
        positions (batch, joint, xy) px and the peak value (batch, joint).
    """
    height, width = tf.shape(maps)[1], tf.shape(maps)[2]
    # the highest pixel's row, then its column: maps are read once and never transposed
    y = tf.argmax(tf.reduce_max(maps, axis=2), axis=1, output_type=tf.int32)
    row = _read(maps, y[..., None] * width + tf.range(width))
    x = tf.argmax(row, axis=-1, output_type=tf.int32)
    value = tf.gather(row, x, axis=-1, batch_dims=2)
    if refine == "smooth":
        return _smoothed(maps, y, x, sigma), value
    xy = tf.cast(tf.stack([x, y], axis=-1), tf.float32)
    if refine == "quadratic":
        offsets, best, last = [], y * width + x, height * width - 1
        for position, size, step in ((x, width, 1), (y, height, width)):
            beside = tf.stack([tf.maximum(best - step, 0), tf.minimum(best + step, last)], axis=-1)
            low, high = tf.unstack(_read(maps, beside), axis=-1)
            inside = (position > 0) & (position < size - 1)
            offsets.append(tf.where(inside, _vertex(low, value, high), 0.0))
        xy += tf.stack(offsets, axis=-1)
    return xy, value


def _read(maps: tf.Tensor, places: tf.Tensor) -> tf.Tensor:
    """Each joint's map (batch, y, x, joint) at its own pixels y * width + x (batch, joint, n)."""
    shape, joints = tf.shape(places), tf.shape(maps)[3]
    flat = tf.reshape(maps, (shape[0], -1))
    index = places * joints + tf.range(joints)[:, None]
    found = tf.gather(flat, tf.reshape(index, (shape[0], -1)), axis=-1, batch_dims=1)
    return tf.reshape(found, shape)


def _vertex(low: tf.Tensor, middle: tf.Tensor, high: tf.Tensor) -> tf.Tensor:
    """Where the parabola through three neighbours is highest, -0.5 to 0.5 px from the middle."""
    bend = 2 * middle - low - high
    bent = bend > 1e-6
    offset = tf.where(bent, (high - low) / (2 * tf.where(bent, bend, 1.0)), 0.0)
    return tf.clip_by_value(offset, -0.5, 0.5)


def _smoothed(maps: tf.Tensor, y: tf.Tensor, x: tf.Tensor, sigma: float) -> tf.Tensor:
    """The peak of the smoothed map at most a pixel from (y, x), then its parabola.

    Noise in a map moves its highest pixel.  Correlated with a Gaussian, nearly as wide as the
    part's own, the map is highest where all of its pixels say (a matched filter).  Only a patch
    around each peak is smoothed, which costs next to nothing.
    """
    height, width = tf.shape(maps)[1], tf.shape(maps)[2]
    blur = SMOOTHING * sigma
    reach = math.ceil(3 * blur)
    shifts, steps = np.arange(-2, 3), np.arange(-reach - 2, reach + 3)
    taps = np.exp(-((steps - shifts[:, None]) ** 2) / (2 * blur**2)).astype(np.float32)
    rows = tf.clip_by_value(y[..., None] + steps, 0, height - 1)
    columns = tf.clip_by_value(x[..., None] + steps, 0, width - 1)
    places = rows[..., :, None] * width + columns[..., None, :]
    shape = tf.shape(places)
    patch = tf.reshape(_read(maps, tf.reshape(places, (shape[0], shape[1], -1))), shape)
    near = tf.einsum("ri,bjik,ck->bjrc", taps, patch, taps)  # 5 x 5 around the peak
    inner = tf.reshape(near[..., 1:4, 1:4], (shape[0], shape[1], 9))
    best = tf.argmax(inner, axis=-1, output_type=tf.int32)
    down, right = best // 3, best % 3
    around = tf.reshape(near, (shape[0], shape[1], 25))
    middle = (down + 1) * 5 + right + 1

    def at(step):
        return tf.gather(around, middle + step, axis=-1, batch_dims=2)

    found = []
    for place, size, shift, step in ((x, width, right, 1), (y, height, down, 5)):
        position = tf.cast(place + shift - 1, tf.float32) + _vertex(at(-step), at(0), at(step))
        found.append(tf.clip_by_value(position, 0.0, tf.cast(size - 1, tf.float32)))
    return tf.stack(found, axis=-1)
