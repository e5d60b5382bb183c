"""Training: labels in, the best weights and a history out (LEAP training procedure)."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from leap_core import config, hdf5
from leap_core.containers import Labels
from leap_core.errors import UserError
from leap_core.pose import augmentation, checkpoint, learned, runtime
from leap_core.pose.checkpoint import Plateau, State
from leap_core.pose.model import ModelCard, write


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
    checkpoint_path: str | Path | None = None,
) -> pd.DataFrame:
    """Train a network; write ``initial``, ``best`` and ``last`` (.keras, .json) and history.csv.

    Best is the lowest validation loss; without validation images (share 0) it is the last epoch.
    Unlabeled parts (NaN) have no weight in the loss.  Parts that the best network has not learned
    are printed with a remedy, and ``best.json`` holds what was found of every part
    (:func:`leap_core.pose.learned.check`).

    Args:
        labels: images (sample, y, x, 1) and positions with train and validation splits.
        folder: where the files go.
        checkpoint_path: written after every epoch and removed at the end.  An interrupted training
            of the same labels, settings, seed, code and versions goes on from there, and ends with
            the same weights as an undisturbed one.

    Returns:
        One row per epoch: epoch, loss, validation_loss, learning_rate.  Both losses are mean
        squared errors without the foreground weight, so that they compare with any other run's.

    Raises:
        UserError: no labeled training image, or an image size the network cannot take.
    """
    import keras
    import tensorflow as tf

    from leap_core.pose import networks

    runtime.make_deterministic()
    keras.utils.set_random_seed(seed)
    scale, joints = model_settings.input_scale, len(labels.skeleton)
    swap = np.array(labels.skeleton.swap)
    subsets = _subsets(labels, scale, networks.STRIDE)
    policy = runtime.policy(settings.precision)
    model = networks.build(model_settings.network, joints, model_settings.filters, policy, seed)
    # The mean square over maps that are nearly empty has gradients near Adam's usual epsilon
    # (1e-7), which would hold back the parts whose maps are still flat.
    optimizer = keras.optimizers.Adam(settings.learning_rate, epsilon=1e-12)
    optimizer.build(model.trainable_variables)
    sigma = model_settings.sigma * scale
    step, check = _compiled(model, optimizer, sigma, settings.foreground_weight)

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
            image_size=labels.images.shape[1],
            sigma=model_settings.sigma,
            epoch=epoch,
            loss=loss,
            parts=list(parts),
            provenance=provenance or {},
        )
        write(model, card, Path(folder) / f"{name}.keras")

    save("initial", 0, math.nan)
    rng = np.random.default_rng(seed)
    state = State(Plateau(settings.learning_rate), rng.bit_generator.state)
    identity = _identity(labels, model_settings, settings, seed, policy, provenance)
    if checkpoint_path is not None:
        state = _resume(checkpoint_path, identity, settings.epochs) or state
    if state.epoch:
        rng.bit_generator.state = state.rng
        model.set_weights(state.weights)
        for variable, value in zip(optimizer.variables, state.optimizer, strict=True):
            variable.assign(value)
    validate = len(subsets["validation"][0]) > 0
    steps = settings.epochs * settings.batches
    epochs = range(state.epoch + 1, settings.epochs + 1)
    bar = {"initial": state.epoch, "total": settings.epochs, "unit": "epoch", "disable": None}
    for epoch in tqdm(epochs, "train", **bar):
        losses = []
        for batch in range(settings.batches):
            done = (epoch - 1) * settings.batches + batch
            rate = state.plateau.rate
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
        state.plateau.after_epoch(validation_loss if validate else loss)
        state.history.append((epoch, loss, validation_loss, rate))
        print(f"epoch {epoch}: loss {loss:.3e}, validation {validation_loss:.3e}, rate {rate:.1e}")
        state.epoch, state.rng, state.weights = epoch, rng.bit_generator.state, model.get_weights()
        if validate and validation_loss < state.best_loss:
            state.best_loss, state.best_epoch = validation_loss, epoch
            state.best_weights = state.weights
            save("best", epoch, validation_loss)
        if checkpoint_path is not None:
            state.optimizer = [variable.numpy() for variable in optimizer.variables]
            checkpoint.write(checkpoint_path, state, identity)
    save("last", settings.epochs, state.history[-1][1])
    if validate:
        model.set_weights(state.best_weights)
    else:
        state.best_loss, state.best_epoch = state.history[-1][1], settings.epochs
    parts = learned.check(model, labels.skeleton, *subsets.values(), sigma, settings.mirror)
    save("best", state.best_epoch, state.best_loss, parts)
    for line in learned.warnings(parts):
        print(line)
    columns = ["epoch", "loss", "validation_loss", "learning_rate"]
    table = pd.DataFrame(state.history, columns=columns)
    hdf5.write_csv(Path(folder) / "history.csv", table)
    if checkpoint_path is not None:
        Path(checkpoint_path).unlink(missing_ok=True)
    return table


def _compiled(model, optimizer, sigma: float, foreground_weight: float):
    """A training step and a check, from images and points to the plain mean squared error."""
    import tensorflow as tf

    from leap_core.pose.loss import square_error

    @tf.function(reduce_retracing=True)
    def step(images, points):
        with tf.GradientTape() as tape:
            maps = model(images, training=True)
            loss = square_error(maps, points, sigma, foreground_weight)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)
        return square_error(maps, points, sigma)

    @tf.function(reduce_retracing=True)
    def check(images, points):
        return square_error(model(images, training=False), points, sigma)

    return step, check


def _identity(labels, model_settings, settings, seed, policy, provenance) -> dict[str, Any]:
    """What the weights depend on; the same again means the same training."""
    digest = hashlib.sha256()
    for values in (labels.images, labels.positions, labels.split):
        digest.update(np.ascontiguousarray(values).tobytes())
    made = provenance or {}
    return {
        "labels": digest.hexdigest(),
        "model": config.to_dict(model_settings),
        "settings": config.to_dict(settings),
        "seed": seed,
        "precision": policy,
        "code": made.get("code"),
        "versions": made.get("versions"),
    }


def _resume(path: str | Path, identity: dict[str, Any], epochs: int) -> State | None:
    state, reason = checkpoint.read(path, identity)
    if state is not None:
        print(f"training goes on after epoch {state.epoch} of {epochs} ({path})")
    elif reason:
        print(f"training starts anew: {path} is of no use, {reason}")
    return state


def _subsets(labels: Labels, scale: float, stride: int) -> dict[str, tuple]:
    """Images and points for training and validation, checked."""
    if not labels.images.size:
        raise UserError("labels: they come without images; put the images beside the label file")
    subsets = {s: _subset(labels, s, scale) for s in ("train", "validation")}
    if not len(subsets["train"][0]):
        raise UserError("labels: no training image has a labeled part; label more frames")
    height = subsets["train"][0].shape[1]
    if labels.images.shape[1] != labels.images.shape[2] or height % stride:
        raise UserError(
            f"labels: images of {labels.images.shape[2]}x{labels.images.shape[1]} px at "
            f"input_scale {scale:g} do not fit the network; use square crops that scale to a "
            f"multiple of {stride}"
        )
    return subsets


def _subset(labels: Labels, split: str, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Images (0..1) and points at network resolution of the samples with any labeled part."""
    rows = labels.select(split)
    rows = rows[np.isfinite(labels.positions[rows]).all(axis=2).any(axis=1)]
    points = augmentation.shrink_points(labels.positions[rows].astype(np.float32), scale)
    if not len(rows):
        return np.zeros((0, 1, 1, 1), np.float32), points
    return augmentation.shrink(labels.images[rows], scale), points
