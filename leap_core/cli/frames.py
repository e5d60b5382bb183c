"""The ``leap export-frames`` command."""

from __future__ import annotations

import argparse
from pathlib import Path

from leap_core.cli import checks

HELP = "write sampled frames as PNG, for labeling"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be typed after ``leap export-frames``."""
    parser.add_argument("sample", type=Path, help="sampling/frames.h5 of a dataset")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder to write")


def run(options: argparse.Namespace) -> None:
    """Write the images and their table; UserError on bad input or target."""
    from leap_core import sampling
    from leap_core.containers import Sample

    checks.check_targets([options.output / "frames.csv"], [options.sample])
    count = sampling.export_frames(Sample.read(options.sample), options.output)
    print(f"{count} images and frames.csv in {options.output}")
