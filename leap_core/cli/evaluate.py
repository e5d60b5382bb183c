"""The ``leap evaluate`` command."""

from __future__ import annotations

import argparse
from pathlib import Path

from leap_core import config
from leap_core.cli import checks
from leap_core.io import atomic

HELP = "compare a model's predictions with labels"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be typed after ``leap evaluate``."""
    parser.add_argument("--model", type=Path, required=True, help="best.keras of a trained run")
    parser.add_argument("--labels", type=Path, required=True, help="labels HDF5")
    parser.add_argument("-o", "--output", type=Path, help="metrics JSON to write")


def run(options: argparse.Namespace) -> None:
    """Print, and write if wanted, a model's errors on the test labels; UserError on bad input."""
    from leap_core.containers import Labels
    from leap_core.pose import engines, reporting, runtime
    from leap_core.pose.prediction import evaluate

    checks.check_targets([options.output], [options.labels, *checks.model_files(options.model)])
    labels = Labels.read(options.labels)
    prediction = config.Prediction()
    if engines.choose(prediction.engine) == "tensorflow":
        runtime.start()
    metrics, _ = evaluate(labels, options.model, prediction, options.labels)
    if options.output:
        atomic.write_json(options.output, metrics)
    print(reporting.format_metrics(metrics))
