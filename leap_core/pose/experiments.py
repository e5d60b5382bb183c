"""Trainings that show what accuracy depends on (paper: Figure 2c, d; Supplementary Figures 1, 5b).

An experiment is a list of settings; every setting is trained several times, from other first
weights and in other random views, on the same images, and evaluated on the same test images.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from leap_core import config
from leap_core.config.names import Network
from leap_core.containers import SPLITS, Labels, Trial
from leap_core.errors import UserError
from leap_core.numerics import CLOSE_PX
from leap_core.pose import evaluation, inference, model, rotation, runtime, training

if TYPE_CHECKING:
    import pandas as pd

VALIDATION_SHARE = 0.1  # of the images of a fast training (paper: LEAP training procedure)


def run(
    labels: Labels,
    whole: config.Config,
    experiment: str,
    setting: str,
    replicate: int,
    source: Any = "labels",
) -> Trial:
    """One training of an experiment, evaluated on the test images.

    ``epochs`` is evaluated after every epoch; ``labels`` is a fast training with so many images;
    ``rotations`` is trained with that range and evaluated on images turned by every angle;
    ``networks`` is trained with that architecture.

    Args:
        labels: with a test split, which is the same for all.
        source: name of the labels for messages.

    Raises:
        UserError: no test images, or fewer images than a setting asks for.
    """
    test = labels.select("test")
    if not len(test):
        raise UserError(f"{source}: has no test images; raise split.test")
    net, how = whole.model, whole.training
    if experiment == "labels":
        labels = with_images(labels, int(setting), whole.seed, source)
        how = replace(how, epochs=whole.experiments.fast_epochs)
    elif experiment == "rotations":
        how = replace(how, rotation_deg=float(setting))
    elif experiment == "networks":
        # the config lists it, so it is one of these
        net = replace(net, network=cast(Network, setting))
        how = replace(how, start=None)  # which none of the others could begin with
    evaluated: list[tuple[float, np.ndarray]] = []

    def evaluate(predict: Callable, check: float, turned_deg: float) -> None:
        seen, truth = rotation.turn(labels.images[test], labels.positions[test], turned_deg)
        evaluated.append((check, evaluation.distances(predict(seen)[0], truth)))

    def after_epoch(network, card, _loss) -> None:
        # one compiled graph serves all epochs: it reads the weights as they are
        if not predictors:
            predictors.append(inference.predictor(network, card, whole.prediction))
        evaluate(predictors[0], card.epoch, 0)

    predictors: list[Callable] = []
    watch = after_epoch if experiment == "epochs" else None
    with tempfile.TemporaryDirectory() as folder:
        seed = whole.seed + 1 + replicate
        training.train(labels, net, how, seed, folder, None, watch=watch)
        network, card = model.read(Path(folder) / "best.keras", runtime.policy("auto"))
        if experiment != "epochs":
            predict = inference.predictor(network, card, whole.prediction)
            for angle in whole.experiments.rotations if experiment == "rotations" else [0]:
                evaluate(predict, angle, angle)
    return Trial(
        errors=np.stack([errors for _, errors in evaluated]),
        check=np.array([check for check, _ in evaluated]),
        skeleton=labels.skeleton,
        experiment=experiment,
        setting=setting,
        replicate=replicate,
        images=len(labels.select("train")) + len(labels.select("validation")),
        weights=network.count_params(),
        body_length_px=evaluation.body_length(labels),
    )


def with_images(labels: Labels, count: int, seed: int, source: Any) -> Labels:
    """The labels with ``count`` of their images for training and validation; the test stays.

    Larger sets hold the smaller ones, as when labels are added.

    Raises:
        UserError: fewer images than that; names the number there is.
    """
    pool = np.sort(np.concatenate([labels.select("train"), labels.select("validation")]))
    if count > len(pool):
        raise UserError(
            f"{source}: experiments.labels asks for {count} images, but {len(pool)} are for "
            "training and validation; lower it or label more"
        )
    order = np.random.default_rng(seed).permutation(pool)[:count]
    held = max(1, round(VALIDATION_SHARE * count)) if count > 1 else 0
    split = np.where(labels.split == SPLITS["test"], SPLITS["test"], SPLITS["none"])
    split[order[held:]] = SPLITS["train"]
    split[order[:held]] = SPLITS["validation"]
    return replace(labels, split=split.astype(labels.split.dtype))


def image_means(errors: np.ndarray) -> np.ndarray:
    """Mean error of every image (..., sample, joint) -> (..., sample); NaN without a label."""
    known = np.isfinite(errors)
    count = known.sum(axis=-1)
    total = np.where(known, errors, 0).sum(axis=-1, dtype=float)
    return np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)


def mean_and_sem(images: np.ndarray) -> tuple[float, float]:
    """Mean of the means of images, NaN left out, and its standard error; NaN for one image."""
    known = images[np.isfinite(images)]
    sem = np.std(known, ddof=1) / np.sqrt(len(known)) if len(known) > 1 else np.nan
    return float(np.mean(known)), float(sem)


def rotation_rmse(trials: Sequence[Trial], ranges: Sequence[int]) -> np.ndarray:
    """(angle, range) root mean square error, px, pooled over parts, images and replicates."""
    columns = []
    for value in ranges:
        same = np.stack([t.errors for t in trials if t.setting == str(value)]).astype(float)
        columns.append(np.sqrt(np.nanmean(same**2, axis=(0, 2, 3))))
    return np.stack(columns, axis=1)


def summary(trials: list[Trial]) -> pd.DataFrame:
    """Mean error and more of every setting and check, over all test images of all replicates.

    The mean and its standard error (SEM) are those of the mean errors of images, pooled over the
    replicates (paper: Figure 2c); ``between_px`` is the standard deviation of replicates' means.

    Returns:
        One row per experiment, setting and check, in the order of ``trials``.
    """
    import pandas as pd

    rows = []
    groups: dict[tuple[str, str], list[Trial]] = {}
    for trial in trials:
        groups.setdefault((trial.experiment, trial.setting), []).append(trial)
    for (experiment, setting), same in groups.items():
        for k, check in enumerate(same[0].check):
            errors = np.stack([trial.errors[k] for trial in same])  # replicate, sample, joint
            known = errors[np.isfinite(errors)]
            mean, sem = mean_and_sem(image_means(errors))
            per_replicate = np.array([np.nanmean(e) for e in errors])
            several = len(same) > 1
            rows.append(
                {
                    "experiment": experiment,
                    "setting": setting,
                    "check": float(check),
                    "replicates": len(same),
                    "images": same[0].images,
                    "weights": same[0].weights,
                    "mean_px": mean,
                    "sem_px": sem,
                    "between_px": float(np.std(per_replicate, ddof=1)) if several else float("nan"),
                    "rmse_px": float(np.sqrt(np.mean(known**2))),
                    "median_px": float(np.median(known)),
                    "within_2.5px": float(np.mean(known < CLOSE_PX)),
                }
            )
    return pd.DataFrame(rows)
