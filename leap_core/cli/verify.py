"""The ``leap verify`` command."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "check every result against its record, inputs and code"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be typed after ``leap verify``."""
    parser.add_argument("results", type=Path, help="results/<dataset>")


def run(options: argparse.Namespace) -> int:
    """Print what does not match; returns 1 where something does not, else 0."""
    from leap_core.provenance import verify

    verdict = verify.check_results(options.results)
    verdict.notes += _newer_labels(options.results)
    print(verify.report(verdict))
    return 1 if verdict.problems else 0


def _newer_labels(results: Path) -> list[str]:
    """What was labeled in the browser since the last run is no mismatch, but told."""
    from leap_core import config
    from leap_core.labels import edits
    from leap_core.provenance import records

    made = records.of_file(results / "labels" / "browser.h5")
    settings = records.read_manifest(results)["config"]
    where = settings.get("labels", {}).get("folder")
    folder = config.Labels(folder=where).place(settings.get("dataset", results.name))
    place = results.parent.parent / folder
    if made is None or not place.is_dir():
        return []
    if edits.read(place).digest() == made.settings.get("browser"):
        return []
    return [f"{place} holds other labels than {made.file} was made from; run again to use them"]
