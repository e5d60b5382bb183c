"""The stage's functions from files' contents to files' contents, one per rule or command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from leap_core import config
from leap_core.containers import HELD_OUT, SPLITS, Labels, Poses
from leap_core.errors import UserError
from leap_core.numerics import CLOSE_PX, calibration_error, reliability
from leap_core.pose import calibration, evaluation, inference, model, precision
from leap_core.pose.calibration import Calibration
from leap_core.provenance import hashes

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
        UserError: parts or image size differ from the model's, nothing is labeled, or the model
            learned from all of it.
    """
    predict, card = inference.load(model_path, settings)
    model.check_skeleton(card, labels.skeleton, model_path, source)
    inference.check_images(card, labels.images.shape[1:], model_path, source)
    if card.all_labels or card.began_with_all:
        _check_foreign(card, model_path, source)
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


def _check_foreign(card: model.ModelCard, model_path, source) -> None:
    """Of a network that learned from all its labels, or began so: these may be others.

    Raises:
        UserError: it learned from all of these.
    """
    learned = card.provenance.get("inputs", {}).values() if card.all_labels else ()
    if Path(source).is_file() and hashes.file_sha256(source) in learned:
        raise UserError(
            f"{model_path}: learned from all labels in {source}, which cannot judge it; name the "
            "best.keras of the run whose name ends in '-held-out', or other labels"
        )
    print(
        f"WARNING: {model_path}: learned from every label that it was given, or began with a "
        f"network that did; if {source} holds some of them, its errors there say nothing of other "
        "images"
    )


def calibrate(
    labels: Labels, model_path, settings: config.Prediction, source, of=None
) -> tuple[Calibration, pd.DataFrame]:
    """What heights of peaks are worth, by the labels that the network did not learn from.

    Args:
        source: name of the labels for messages.
        of: the network that the calibration is for; None = the one whose heights are looked at.
            Another one had the same training, and learned from these labels too.

    Returns:
        the calibration, and a tidy table of these labels: ``sample`` (row of the labels),
        ``split``, ``part``, ``error_px``, ``height`` of the peak, and the ``probability`` that the
        labels of other images give it.  Without such labels the table is empty.

    Raises:
        UserError: parts or image size differ from the model's.
    """
    import pandas as pd

    predict, card = inference.load(model_path, settings, calibrated=False)
    model.check_skeleton(card, labels.skeleton, model_path, source)
    rows = np.sort(np.concatenate([labels.select(split) for split in HELD_OUT]))
    rows = rows[np.isfinite(labels.positions[rows]).any(axis=(1, 2))]
    parts, weight = list(card.skeleton.parts), card.foreground_weight
    heights, errors = np.zeros((2, len(rows), len(parts)))
    if len(rows):
        inference.check_images(card, labels.images.shape[1:], model_path, source)
        positions, heights = predict(labels.images[rows])
        errors = evaluation.distances(positions, labels.positions[rows])
    sure = calibration.crossed(heights, errors, parts, weight)
    sample, joint = np.nonzero(np.isfinite(errors))
    names = np.where(labels.split[rows] == SPLITS["test"], "test", "validation")
    at = sample, joint
    table = pd.DataFrame(
        {"sample": rows[sample], "split": names[sample], "part": np.array(parts)[joint]}
        | {"error_px": errors[at], "height": heights[at], "probability": sure[at]}
    )
    found = calibration.fit(
        heights,
        errors,
        parts,
        weight,
        splits={name: int(np.sum(names == name)) for name in HELD_OUT},
        views=calibration.views(settings),
        network=hashes.file_sha256(of or model_path),
        held_out_run=of is not None and hashes.file_sha256(of) != hashes.file_sha256(model_path),
        error=calibration_error(reliability(sure[at], errors[at] <= CLOSE_PX)),
    )
    print(found.told)
    return found, table


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
        calibration=calibration.of_model(model_path, card, settings).to_dict(),
    )
