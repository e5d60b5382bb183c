"""A network while it learns: one optimization step, one check, and the mean of its weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from leap_core import config
from leap_core.pose import augmentation, bias_gradient
from leap_core.pose.batches import Subset

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Learner:
    """What :func:`make` puts together.

    Attributes:
        network: its weights change with every step.
        optimizer: Adam.
        means: running means of the weights; none without ``training.averaging``.
        step: (images, points) -> loss before the step, after which the weights have moved.
        check: (images, points) -> loss.  Both losses are plain mean squared errors.
    """

    network: keras.Model
    optimizer: keras.optimizers.Optimizer
    means: list[Any]
    step: Callable
    check: Callable

    def learn(self, batch: Subset, rate: float) -> float:
        """One step at a learning rate; the loss."""
        self.optimizer.learning_rate.assign(rate)
        return float(self.step(*batch))

    @contextmanager
    def evaluated(self) -> Iterator[keras.Model]:
        """The network with the weights that count: their means where they are kept."""
        if not self.means:
            yield self.network
            return
        kept = self.network.get_weights()
        self.network.set_weights([mean.numpy() for mean in self.means])
        try:
            yield self.network
        finally:
            self.network.set_weights(kept)

    def arrays(self) -> dict[str, list[np.ndarray]]:
        """All that changes, for a checkpoint."""
        return {
            "weights": self.network.get_weights(),
            "optimizer": [variable.numpy() for variable in self.optimizer.variables],
            "means": [mean.numpy() for mean in self.means],
        }

    def restore(self, arrays: dict[str, list[np.ndarray]]) -> None:
        """Take over what :meth:`arrays` gave."""
        self.network.set_weights(arrays["weights"])
        moving = [*self.optimizer.variables, *self.means]
        for variable, value in zip(moving, arrays["optimizer"] + arrays["means"], strict=True):
            variable.assign(value)


def make(network: keras.Model, shrinks: int, settings: config.Training, sigma: float) -> Learner:
    """Compile a network's training.

    Args:
        shrinks: pixels of the network's input per pixel of its maps.
        sigma: of the Gaussians, px of the input.
    """
    import keras
    import tensorflow as tf

    from leap_core.pose.loss import square_error
    from leap_core.pose.networks import maps_of

    # The mean square over maps that are nearly empty has gradients near Adam's usual epsilon
    # (1e-7), which would hold back the parts whose maps are still flat.
    optimizer = keras.optimizers.Adam(settings.learning_rate, epsilon=1e-12)
    optimizer.build(network.trainable_variables)
    means = []
    if settings.averaging:
        means = [tf.Variable(v, trainable=False) for v in network.get_weights()]
    finer = sigma / shrinks

    @tf.function(reduce_retracing=True)
    def step(images, points):
        points = augmentation.shrink_points(points, 1 / shrinks)
        with tf.GradientTape() as tape, bias_gradient.in_float32(network):
            maps = maps_of(network, images, training=True)
            losses = [square_error(m, points, finer, settings.foreground_weight) for m in maps]
            loss = tf.add_n(losses)
        gradients = tape.gradient(loss, network.trainable_variables)
        optimizer.apply(gradients, network.trainable_variables)
        if means:
            # early on the mean of few steps, later of about 1 / (1 - averaging)
            count = tf.cast(optimizer.iterations, tf.float32)
            keep = tf.minimum(settings.averaging, count / (count + 10))
            for mean, weight in zip(means, network.weights, strict=True):
                mean.assign(keep * mean + (1 - keep) * tf.cast(weight, mean.dtype))
        return square_error(maps[-1], points, finer)

    @tf.function(reduce_retracing=True)
    def check(images, points):
        points = augmentation.shrink_points(points, 1 / shrinks)
        return square_error(maps_of(network, images)[-1], points, finer)

    return Learner(network, optimizer, means, step, check)
