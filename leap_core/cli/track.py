"""The ``leap track`` command."""

from __future__ import annotations

import argparse
from pathlib import Path

from leap_core import config
from leap_core.cli import checks
from leap_core.cli.video import files_of, of_config, track_as_config
from leap_core.provenance import hashes

HELP = "find the animals and their headings in a video"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be typed after ``leap track``."""
    parser.add_argument("video", type=Path, help="video, of the config or not")
    parser.add_argument("--config", type=Path, required=True, help="dataset YAML: section track")
    parser.add_argument("-o", "--output", type=Path, required=True, help="track HDF5 to write")
    parser.add_argument("--picture", type=Path, help="picture of the track (.png, .pdf, .svg)")


def run(options: argparse.Namespace) -> None:
    """Write the track of a video, and its picture if wanted."""
    from leap_core.preprocess import plausibility

    settings = config.read(options.config)
    made_from = [options.video, *files_of(settings, of_config(settings, options.video))]
    checks.check_targets([options.output, options.picture], [*made_from, options.config])
    found = track_as_config(options.video, settings)
    found.write(options.output, hashes.record(config.to_dict(settings.track), made_from))
    doubts = plausibility.doubts(found, crop_size=settings.crop.size)
    for line in plausibility.warnings_of(doubts, found):
        print(f"WARNING: {line}")
    for animal, valid in enumerate(found.valid):
        sure = found.quality[animal] >= plausibility.SURE
        print(f"animal {animal}: found in {valid.mean():.1%} of {len(valid)} frames, "
              f"sure in {(valid & sure).mean():.1%}")  # fmt: skip
    if options.picture:
        from leap_core.figures import style
        from leap_core.figures.quality import tracking

        style.save(tracking.draw(found), options.picture)
