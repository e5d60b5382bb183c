"""Training: labels in, the best weights and a history out (LEAP training procedure)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from leap_core import config, hdf5
from leap_core.containers import Labels
from leap_core.errors import UserError
from leap_core.pose import augmentation, learned, runtime
from leap_core.pose.model import ModelCard, write

PLATEAU_EPOCHS, PLATEAU_FACTOR, PLATEAU_DELTA = 3, 0.1, 1e-5


@dataclass
class Plateau:
    """Learning rate x 0.1 when the loss has not improved by 1e-5 for 3 epochs (paper)."""

    rate: float
    best: float = math.inf
    waited: int = 0

    def after_epoch(self, loss: float) -> None:
        """Take the epoch's validation loss into account."""
        if loss < self.best - PLATEAU_DELTA:
            self.best, self.waited = loss, 0
            return
        self.waited += 1
        if self.waited >= PLATEAU_EPOCHS:
            self.rate, self.waited = self.rate * PLATEAU_FACTOR, 0


def cosine(rate: float, step: int, steps: int) -> float:
    """Learning rate that falls from ``rate`` to zero over ``steps`` along half a cosine."""
    return rate * 0.5 * (1 + math.cos(math.pi * step / steps))


def warmup(step: int, steps: float) -> float:
    """Factor of the rate in batch ``step`` (0-based): rises evenly and is 1 after ``steps``."""
    return min(1.0, (step + 1) / max(steps, 1.0))


def train(
    labels: Labels,
    model_settings: config.Model,
    settings: config.Training,
    seed: int,
    folder: str | Path,
    provenance: dict | None = None,
) -> pd.DataFrame:
    """Train a network; write ``initial``, ``best`` and ``last`` (.keras, .json) and history.csv.

    Best is the lowest validation loss; without validation images (share 0) it is the last epoch.
    Unlabeled parts (NaN) have no weight in the loss.  Parts that the best network has not learned
    are printed with a remedy, and ``best.json`` holds what was found of every part
    (:func:`leap_core.pose.learned.check`).

    Args:
        labels: images (sample, y, x, 1) and positions with train and validation splits.
        folder: where the files go.

    Returns:
        One row per epoch: epoch, loss, validation_loss, learning_rate.  Both losses are mean
        squared errors without the foreground weight, so that they compare with any other run's.

    Raises:
        UserError: no labeled training image, or an image size the network cannot take.
    """
    import keras
    import tensorflow as tf

    from leap_core.pose import networks
    from leap_core.pose.loss import square_error

    runtime.make_deterministic()
    keras.utils.set_random_seed(seed)
    scale, joints = model_settings.input_scale, len(labels.skeleton)
    swap = np.array(labels.skeleton.swap)
    side = labels.images.shape[1]
    if not labels.images.size:
        raise UserError("labels: they come without images; put the images beside the label file")
    subsets = {s: _subset(labels, s, scale) for s in ("train", "validation")}
    if not len(subsets["train"][0]):
        raise UserError("labels: no training image has a labeled part; label more frames")
    height, width = subsets["train"][0].shape[1:3]
    if labels.images.shape[1] != labels.images.shape[2] or height % networks.STRIDE:
        raise UserError(
            f"labels: images of {labels.images.shape[2]}x{side} px at input_scale {scale:g} do not "
            f"fit the network; use square crops that scale to a multiple of {networks.STRIDE}"
        )
    policy = runtime.policy(settings.precision)
    model = networks.build(model_settings.network, joints, model_settings.filters, policy, seed)
    # The mean square over maps that are nearly empty has gradients near Adam's usual epsilon
    # (1e-7), which would hold back the parts whose maps are still flat.
    optimizer = keras.optimizers.Adam(settings.learning_rate, epsilon=1e-12)
    optimizer.build(model.trainable_variables)
    sigma = model_settings.sigma * scale

    @tf.function(reduce_retracing=True)
    def step(images, points):
        with tf.GradientTape() as tape:
            maps = model(images, training=True)
            loss = square_error(maps, points, sigma, settings.foreground_weight)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)
        return square_error(maps, points, sigma)

    @tf.function(reduce_retracing=True)
    def check(images, points):
        return square_error(model(images, training=False), points, sigma)

    rng = np.random.default_rng(seed)

    def run(function, subset, rng):
        images, points = subset
        rows = rng.integers(len(images), size=settings.batch_size)
        batch = augmentation.augment(images[rows], points[rows], swap, settings, scale, rng)
        return function(*(tf.constant(b, tf.float32) for b in batch))

    def save(name, epoch, loss, parts=()):
        card = ModelCard(
            skeleton=labels.skeleton,
            network=model_settings.network,
            filters=model_settings.filters,
            input_scale=scale,
            image_size=side,
            sigma=model_settings.sigma,
            epoch=epoch,
            loss=loss,
            parts=list(parts),
            provenance=provenance or {},
        )
        write(model, card, Path(folder) / f"{name}.keras")

    save("initial", 0, math.nan)
    plateau = Plateau(settings.learning_rate)
    history, best = [], math.inf
    validate = len(subsets["validation"][0]) > 0
    steps = settings.epochs * settings.batches
    for epoch in tqdm(range(1, settings.epochs + 1), "train", unit="epoch", disable=None):
        losses = []
        for batch in range(settings.batches):
            done = (epoch - 1) * settings.batches + batch
            rate = plateau.rate
            if settings.schedule == "cosine":
                rate = cosine(settings.learning_rate, done, steps)
            rate *= warmup(done, settings.warmup * steps)
            optimizer.learning_rate.assign(rate)
            losses.append(run(step, subsets["train"], rng))
        loss = float(np.mean(losses))
        validation_loss = math.nan
        if validate:
            # the same augmented validation batches every epoch: losses compare like with like
            checks = np.random.default_rng([seed, 1])
            validation_loss = float(
                np.mean(
                    [
                        run(check, subsets["validation"], checks)
                        for _ in range(settings.validation_batches)
                    ]
                )
            )
        if not math.isfinite(loss + (validation_loss if validate else 0)):
            raise UserError(
                f"training diverged in epoch {epoch} (loss {loss}); lower training.learning_rate"
            )
        plateau.after_epoch(validation_loss if validate else loss)
        history.append((epoch, loss, validation_loss, rate))
        print(f"epoch {epoch}: loss {loss:.3e}, validation {validation_loss:.3e}, rate {rate:.1e}")
        if validate and validation_loss < best:
            best, best_epoch, weights = validation_loss, epoch, model.get_weights()
            save("best", epoch, best)
    save("last", settings.epochs, loss)
    if validate:
        model.set_weights(weights)
    else:
        best, best_epoch = loss, settings.epochs
    parts = learned.check(model, labels.skeleton, *subsets.values(), sigma, settings.mirror)
    save("best", best_epoch, best, parts)
    for line in learned.warnings(parts):
        print(line)
    table = pd.DataFrame(history, columns=["epoch", "loss", "validation_loss", "learning_rate"])
    hdf5.write_csv(Path(folder) / "history.csv", table)
    return table


def _subset(labels: Labels, split: str, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Images (0..1) and points at network resolution of the samples with any labeled part."""
    rows = labels.select(split)
    rows = rows[np.isfinite(labels.positions[rows]).all(axis=2).any(axis=1)]
    points = augmentation.shrink_points(labels.positions[rows].astype(np.float32), scale)
    if not len(rows):
        return np.zeros((0, 1, 1, 1), np.float32), points
    return augmentation.shrink(labels.images[rows], scale), points
