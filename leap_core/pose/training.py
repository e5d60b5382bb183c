"""Training: labels in, the best weights and a history out (LEAP training procedure)."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from leap_core import config, skeleton, threads
from leap_core.containers import HELD_OUT, Labels
from leap_core.errors import UserError
from leap_core.io import atomic
from leap_core.pose import batches, checkpoint, part_status, runtime, starting, training_step
from leap_core.pose.checkpoint import State
from leap_core.pose.model import ModelCard, write
from leap_core.pose.schedule import Plateau, cosine, warmup

if TYPE_CHECKING:
    import pandas as pd


@runtime.own_settings()
def train(
    labels: Labels,
    model_settings: config.Model,
    settings: config.Training,
    seed: int,
    folder: str | Path,
    provenance: dict | None = None,
    checkpoint_path: str | Path | None = None,
    watch: Callable | None = None,
) -> pd.DataFrame:
    """Train a network; write ``initial``, ``best`` and ``last`` (.keras, .json) and history.csv.

    Best is the lowest validation loss; without validation images (share 0) it is the last epoch.
    Unlabeled parts (NaN) have no weight in the loss.  Which parts change places in mirrored images
    is printed; where a part may have a side and no partner is known, there are none.  Parts that
    the best network has not learned are printed with a remedy, and ``best.json`` holds what was
    found of every part (:func:`leap_core.pose.part_status.check`).

    Args:
        labels: images (sample, y, x, 1) and positions with train and validation splits.
        folder: where the files go.
        checkpoint_path: written after every epoch and removed at the end.  An interrupted training
            of the same labels, settings, seed, code and versions goes on from there, and ends with
            the same weights as an undisturbed one.
        watch: called after every epoch with the network, its card and the training loss.

    Returns:
        One row per epoch: epoch, loss, validation_loss, learning_rate.  Both losses are mean
        squared errors without the foreground weight, so that they compare with any other run's.

    Raises:
        UserError: no labeled training image, an image size the network cannot take, mirrored
            images of a part that has one side and no partner, or a network to begin with
            (``settings.start``) that is not there or of another kind.
    """
    import keras
    import pandas as pd

    from leap_core.pose import networks

    runtime.make_deterministic()
    keras.utils.set_random_seed(seed)
    if settings.mirror:
        named = f"skeleton {labels.skeleton.name}"
        told = skeleton.check_mirror(labels.skeleton, named, "training.mirror")
        print(told or f"mirrored images: {skeleton.pairs_text(labels.skeleton)}")
        settings = replace(settings, mirror=not told)
    scale, sigma = model_settings.input_scale, model_settings.sigma * model_settings.input_scale
    multiple = config.MULTIPLE_OF[model_settings.network]
    subsets = batches.subsets(labels, scale, multiple)
    policy = runtime.policy(settings.precision)
    shape = (model_settings.network, len(labels.skeleton), model_settings.filters)
    network = networks.build(*shape, policy, seed)
    held_out = any(len(labels.select(split)) for split in HELD_OUT)
    began_with_all = False
    if settings.start:
        before = starting.check(settings.start, model_settings)
        began_with_all = before.all_labels or before.began_with_all
        if began_with_all and held_out:
            print(
                f"WARNING: {settings.start} learned from every label that it was given: if some "
                "of them are held out now, errors and confidence will look too good; begin "
                "with the run whose name ends in '-held-out'"
            )
        print(starting.begin(network, labels.skeleton, settings.start, model_settings))
    shrinks = networks.NETWORKS[model_settings.network].shrinks
    learner = training_step.make(network, shrinks, settings, sigma)

    def card(epoch, loss, parts=()) -> ModelCard:
        return ModelCard(
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
            foreground_weight=settings.foreground_weight,
            all_labels=not held_out,
            began_with_all=began_with_all,
        )

    def save(name, about: ModelCard) -> None:
        write(network, about, Path(folder) / f"{name}.keras")

    def draw(split: str, count: int, *numbers: int):
        swap = np.array(labels.skeleton.swap)
        return batches.draw(subsets[split], count, swap, settings, scale, [seed, *numbers])

    def validation_loss() -> float:
        """Of the same augmented batches every epoch: losses compare like with like."""
        drawn = draw("validation", settings.validation_batches, 0)
        return float(np.mean([float(learner.check(*batch)) for batch in drawn]))

    save("initial", card(0, math.nan))
    identity = _identity(labels, model_settings, settings, seed, policy, provenance)
    state = _resume(checkpoint_path, identity, settings.epochs)
    if state.epoch:
        learner.restore(state.arrays)
    else:
        state.plateau = Plateau(settings.learning_rate)
    validate = len(subsets["validation"][0]) > 0
    bar = {"initial": state.epoch, "total": settings.epochs, "unit": "epoch", "disable": None}
    for epoch in tqdm(range(state.epoch + 1, settings.epochs + 1), "train", **bar):
        if _waited_enough(state, settings, validate):
            print(f"no better validation loss in {settings.patience} epochs: training ends")
            break
        rates = _rates(settings, state.plateau.rate, epoch)
        drawn = draw("train", settings.batches, epoch)
        losses = [learner.learn(batch, rate) for batch, rate in zip(drawn, rates, strict=True)]
        loss = float(np.mean(losses))
        with learner.evaluated():
            checked = validation_loss() if validate else math.nan
            if not math.isfinite(loss + (checked if validate else 0)):
                raise UserError(
                    f"training diverged in epoch {epoch} (loss {loss}); lower "
                    "training.learning_rate"
                )
            if validate and checked < state.best_loss:
                state.best_loss, state.best_epoch = checked, epoch
                state.best_weights = network.get_weights()
                save("best", card(epoch, checked))
            if watch is not None:
                watch(network, card(epoch, checked if validate else loss), loss)
        state.plateau.after_epoch(checked if validate else loss)
        state.history.append((epoch, loss, checked, rates[-1]))
        state.epoch = epoch
        print(f"epoch {epoch}: loss {loss:.3e}, validation {checked:.3e}, rate {rates[-1]:.1e}")
        if checkpoint_path is not None:
            state.arrays = learner.arrays()
            checkpoint.write(checkpoint_path, state, identity)
    with learner.evaluated():
        save("last", card(state.epoch, state.history[-1][1]))
        if validate:
            network.set_weights(state.best_weights)
        else:
            state.best_loss, state.best_epoch = state.history[-1][1], state.epoch
        train, validation = subsets.values()
        parts = part_status.check(
            network, labels.skeleton, train, validation, sigma, settings.mirror
        )
        save("best", card(state.best_epoch, state.best_loss, parts))
    for line in part_status.warnings(parts):
        print(line)
    columns = ["epoch", "loss", "validation_loss", "learning_rate"]
    table = pd.DataFrame(state.history, columns=columns)
    atomic.write_csv(Path(folder) / "history.csv", table)
    if checkpoint_path is not None:
        Path(checkpoint_path).unlink(missing_ok=True)
    return table


def _rates(settings: config.Training, plateau: float, epoch: int) -> list[float]:
    """The learning rate of every batch of an epoch (1-based)."""
    steps = settings.epochs * settings.batches
    rates = []
    for step in range((epoch - 1) * settings.batches, epoch * settings.batches):
        rate = plateau
        if settings.schedule == "cosine":
            rate = cosine(settings.learning_rate, step, steps)
        rates.append(rate * warmup(step, settings.warmup * steps))
    return rates


def _waited_enough(state: State, settings: config.Training, validate: bool) -> bool:
    """Early stopping: no better validation loss in the last ``patience`` epochs."""
    return bool(
        validate and settings.patience and state.epoch - state.best_epoch >= settings.patience
    )


def _identity(labels, model_settings, settings, seed, policy, provenance) -> dict[str, Any]:
    """What the weights depend on; the same again means the same training."""
    digest = hashlib.sha256()
    for values in (labels.images, labels.positions, labels.split):
        digest.update(np.ascontiguousarray(values).tobytes())
    made = provenance or {}
    start = Path(settings.start).read_bytes() if settings.start else b""
    return {
        "labels": digest.hexdigest(),
        "start": hashlib.sha256(start).hexdigest(),
        "model": config.to_dict(model_settings),
        "settings": config.to_dict(settings),
        "seed": seed,
        "precision": policy,
        "code": made.get("code"),
        "versions": made.get("versions"),
    }


def _resume(path: str | Path | None, identity: dict[str, Any], epochs: int) -> State:
    """The state to go on from, or a fresh one; says which when there is a checkpoint."""
    if path is None:
        return State()
    state, reason = checkpoint.read(path, identity)
    if state is not None:
        print(f"training goes on after epoch {state.epoch} of {epochs} ({path})")
        if state.cores != threads.cores():
            print(
                f"it began on {state.cores} processor cores and goes on with {threads.cores()}: "
                "sums are rounded otherwise, so the weights will not be those of an undisturbed "
                "training (docs/reproducibility.md)"
            )
        return state
    if reason:
        print(f"training starts anew: {path} is of no use, {reason}")
    return State()
