"""One training on some labels and its errors on others, kept so that a benchmark can go on."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from leap_core import config
from leap_core.containers import SPLITS, Labels
from leap_core.numerics import CLOSE_PX
from leap_core.pose import bootstrap, evaluation, inference, training

MINUTES = "minutes"
DRAWS = 2000


@dataclass(frozen=True)
class Accuracy:
    """Of errors: px, and shares from 0 to 1; intervals are 95 % bootstrap ones over the images."""

    labels: int
    median: float
    median_interval: tuple[float, float]
    close: float
    close_interval: tuple[float, float]
    within_5: float
    below_90: float
    largest: float


def accuracy(errors: np.ndarray) -> Accuracy:
    """Of errors (image, joint) px; NaN = unlabeled."""
    known = errors[np.isfinite(errors)]
    found = bootstrap.intervals(errors, bootstrap.draw(len(errors), DRAWS, 0), CLOSE_PX)
    return Accuracy(
        labels=len(known),
        median=float(np.median(known)),
        median_interval=tuple(found["median_px"]),
        close=float(np.mean(known < CLOSE_PX)),
        close_interval=tuple(found["within_2.5px"]),
        within_5=float(np.mean(known < 5)),
        below_90=float(np.quantile(known, 0.9)),
        largest=float(known.max()),
    )


def split(images: int, test: np.ndarray, learned: np.ndarray | None = None) -> np.ndarray:
    """The split column of labels: ``test`` is held out, ``learned`` (else all others) trains."""
    found = np.full(images, SPLITS["train" if learned is None else "none"], np.int8)
    if learned is not None:
        found[learned] = SPLITS["train"]
    found[test] = SPLITS["test"]
    return found


def errors(
    labels: Labels,
    whole: config.Config,
    how: config.Training,
    ways: Mapping[str, dict],
    kept: Path | None = None,
    network: bool = False,
) -> tuple[dict[str, np.ndarray], float]:
    """Errors (test image, joint) px of one training, and its minutes.

    Args:
        labels: with train and test splits.
        how: of the training; the network and the seed are those of ``whole``.
        ways: changes to ``whole.prediction``, by the name of their errors.
        kept: a file of earlier errors, which are taken from there, or where they are left.
        network: leave the network beside that file too.
    """
    if kept and kept.exists():
        with np.load(kept) as found:
            return {n: found[n] for n in found.files if n != MINUTES}, float(found[MINUTES])
    test = labels.select("test")
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        training.train(labels, whole.model, how, whole.seed, folder)
        minutes = (time.perf_counter() - start) / 60
        best = Path(folder) / "best.keras"
        own = {}
        for name, changes in ways.items():
            predict, _ = inference.load(best, replace(whole.prediction, **changes))
            own[name] = evaluation.distances(
                predict(labels.images[test])[0], labels.positions[test]
            )
        if kept:
            kept.parent.mkdir(parents=True, exist_ok=True)
            for suffix in (".keras", ".json") if network else ():
                shutil.copy(best.with_suffix(suffix), kept.with_suffix(suffix))
            np.savez(kept, **{MINUTES: minutes}, **own)
    return own, minutes
