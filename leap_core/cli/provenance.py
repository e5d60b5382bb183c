"""The ``leap provenance`` command."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "tell how a result file came to be"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be typed after ``leap provenance``."""
    parser.add_argument("file", type=Path, help="a file below results/, or a copy of one")
    parser.add_argument("--results", type=Path, help="results/<dataset> in which a copy was made")


def run(options: argparse.Namespace) -> None:
    """Print the history of a file; UserError where it has none."""
    from leap_core.provenance import verify

    print(verify.tell(options.file, options.results))
