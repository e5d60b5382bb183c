"""A network in TensorFlow; maps stay on the device where only their peaks are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from leap_core import config
from leap_core.pose import augmentation, test_time_averaging
from leap_core.pose.engines import Engine
from leap_core.pose.model import ModelCard

if TYPE_CHECKING:
    import keras


def make(network: keras.Model, card: ModelCard, settings: config.Prediction) -> Engine:
    """The engine of a network; where its weights change later, they are those of then."""
    import tensorflow as tf

    from leap_core.pose import confmaps, networks

    # map pixels per pixel of the network's input
    scale = 1 / networks.NETWORKS[card.network].shrinks
    sigma = card.sigma * card.input_scale * scale

    @tf.function(reduce_retracing=True)
    def mean(images):
        return test_time_averaging.final_maps(network, images, card, settings)

    @tf.function(reduce_retracing=True)
    def found(images):
        maps = test_time_averaging.final_maps(network, images, card, settings)
        return confmaps.peaks(maps, settings.refine, sigma)

    def peaks(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        xy, value = found(tf.constant(images))
        return augmentation.grow_points(xy.numpy(), scale), value.numpy()

    def maps(images: np.ndarray) -> np.ndarray:
        return np.asarray(mean(tf.constant(images)), dtype=np.float32)

    precision = getattr(network.layers[1], "compute_dtype", "float32")  # behind the image
    return Engine(f"TensorFlow {tf.__version__}, {precision}", peaks, maps)
