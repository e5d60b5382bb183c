"""The stage's functions from files' contents to files' contents, one per rule or command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from leap_core import config
from leap_core.containers import Labels, Poses
from leap_core.errors import UserError
from leap_core.numerics import CLOSE_PX
from leap_core.pose import evaluation, inference, model, precision

if TYPE_CHECKING:
    import pandas as pd


def evaluate(
    labels: Labels,
    model_path,
    settings: config.Prediction,
    source,
    measures: config.Evaluation | None = None,
    seed: int = 0,
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Metrics and a tidy error table on the test split, or on all images when there is none.

    Args:
        source: name of the labels for messages.
        measures: what to look up; None = the defaults.
        seed: of the resampled images behind the intervals.

    Raises:
        UserError: parts or image size differ from the model's, or nothing is labeled.
    """
    predict, card = inference.load(model_path, settings)
    model.check_skeleton(card, labels.skeleton, model_path, source)
    inference.check_images(card, labels.images.shape[1:], model_path, source)
    rows = labels.select("test")
    split = "test" if len(rows) else "all"
    rows = rows if len(rows) else np.arange(len(labels.images))
    if not len(rows):
        raise UserError(f"{source}: holds no images; import labels with their images")
    if not np.isfinite(labels.positions[rows]).any():
        named = "image" if split == "all" else "test image"
        raise UserError(f"{source}: no {named} has a labeled part to compare with; label some")
    positions, confidence = predict(labels.images[rows])
    labeled, close = labels.positions[rows], CLOSE_PX
    errors = evaluation.distances(positions, labeled)
    measures = measures or config.Evaluation()
    length = evaluation.body_length(labels)
    metrics = evaluation.metrics(errors, labels.skeleton, length, seed, measures.draws)
    curves = metrics.pop("pck")  # long: last
    trust = precision.report(errors, confidence, measures.precision, close)
    table = evaluation.table(positions, labeled, confidence, rows, labels.skeleton)
    found: dict[str, Any] = {"split": split, "division": None}
    if split == "test" and labels.division:
        found["division"] = labels.division | {"note": labels.note}
    return found | metrics | {"confidence": trust, "pck": curves}, table


def predict_labels(labels: Labels, model_path, settings: config.Prediction, source) -> Poses:
    """Poses of the images of a labels file, one frame per sample.

    Raises:
        UserError: parts or image size differ from the model's.
    """
    predict, card = inference.load(model_path, settings)
    model.check_skeleton(card, labels.skeleton, model_path, source)
    inference.check_images(card, labels.images.shape[1:], model_path, source)
    positions, confidence = predict(labels.images)
    return Poses(
        positions=positions,
        confidence=confidence,
        frame=np.arange(len(labels.images)),
        valid=np.ones(len(labels.images), bool),
        skeleton=card.skeleton,
        px_per_mm=labels.px_per_mm,
        tracked=False,
    )
