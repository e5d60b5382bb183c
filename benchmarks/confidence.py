"""Whether confidence is the probability that it says, on labels that no part of it has seen.

    .venv/bin/python benchmarks/accuracy.py --save FOLDER
    .venv/bin/python benchmarks/confidence.py FOLDER [--config ... --folds ...]

For each fold the network that never saw its images gives the heights of peaks, and the labels of
the other folds say what they are worth; then each fold alone says it for the rest.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
from accuracy import VIEWS
from table import show

from leap_core import config
from leap_core.containers import Labels
from leap_core.numerics import CLOSE_PX, FAR_PX, calibration_error, reliability
from leap_core.pose import calibration, evaluation, inference


def main() -> None:
    """Print the expected calibration error and what lies below the limit, one and six views."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="networks of accuracy.py --save")
    parser.add_argument("--config", default="config/fly_leap.yaml")
    parser.add_argument("--folds", type=int, default=5)
    options = parser.parse_args()
    whole = config.read(options.config)
    labels = Labels.read(f"results/{whole.dataset}/labels/labels.h5")
    fold = np.arange(len(labels.images)) % options.folds
    found = [k for k in range(options.folds) if (options.folder / f"{k}.keras").exists()]
    rows = []
    for name in ("one view", "six views"):
        if VIEWS[name]["mirror"] and not whole.training.mirror:
            continue
        how = replace(whole.prediction, **VIEWS[name])
        heights, errors = np.full((2, *labels.positions.shape[:2]), np.nan)
        for k in found:
            path = options.folder / f"{k}.keras"
            predict, card = inference.load(path, how, calibrated=False)
            positions, heights[fold == k] = predict(labels.images[fold == k])
            errors[fold == k] = evaluation.distances(positions, labels.positions[fold == k])
        given = card.skeleton.parts, whole.training.foreground_weight
        crossed, alone = np.full((2, *errors.shape), np.nan)
        few = []
        for k in found:
            rest = np.isin(fold, found) & (fold != k)
            made = calibration.fit(heights[rest], errors[rest], *given)
            crossed[fold == k] = made.probability(heights[fold == k])
            made = calibration.fit(heights[fold == k], errors[fold == k], *given)
            alone[rest] = made.probability(heights[rest])
            few.append(line("", alone[rest], errors[rest], whole.poses.doubt)[2])
        rows.append(line(f"{name}, by the other folds", crossed, errors, whole.poses.doubt))
        rows.append((f"{name}, by one fold alone", "", " ".join(few), "", "", ""))
    head = ("", "labels", "calibration error", f"> {FAR_PX:g} px", "of these doubtful",
            f"of those within {CLOSE_PX:g} px")  # fmt: skip
    show(f"confidence, {len(found)} of {options.folds} folds", rows, head)


def line(name: str, sure: np.ndarray, errors: np.ndarray, limit: float) -> tuple:
    """One row: labels, calibration error, and what the limit is above."""
    known = np.isfinite(errors)
    said, off = sure[known], errors[known]
    far, near = off > FAR_PX, off <= CLOSE_PX
    return (
        name,
        len(off),
        f"{calibration_error(reliability(said, near)):.3f}",
        f"{far.mean():.1%}",
        f"{np.mean(said[far] < limit):.1%}",
        f"{np.mean(said[near] < limit):.1%}",
    )


if __name__ == "__main__":
    main()
