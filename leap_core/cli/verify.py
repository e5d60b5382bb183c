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
    print(verify.report(verdict))
    return 1 if verdict.problems else 0
