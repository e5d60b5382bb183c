"""The ``leap import-poses`` command."""

from __future__ import annotations

import argparse
from pathlib import Path

from leap_core import config, skeleton
from leap_core.cli import checks
from leap_core.errors import UserError
from leap_core.provenance import hashes

HELP = "read poses that another tool tracked"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be typed after ``leap import-poses``."""
    parser.add_argument("source", type=Path, help="DeepLabCut, SLEAP or array file")
    parser.add_argument("--format", choices=["dlc", "sleap", "array"], required=True)
    parser.add_argument("--skeleton", type=Path, required=True, help="skeleton YAML")
    parser.add_argument("--fps", type=float, help="frames per second (else the file's)")
    parser.add_argument("--px-per-mm", type=float, help="scale of the coordinates")
    parser.add_argument(
        "--egocentric",
        action=argparse.BooleanOptionalAction,
        help="coordinates of crops around the animal: no path (else decided by its movement)",
    )
    parser.add_argument("--animals", type=int, default=1, help="animals in the file (default 1)")
    parser.add_argument("--animal", type=int, default=0, help="which of them, from 0 (default 0)")
    parser.add_argument("-o", "--output", type=Path, required=True, help="poses HDF5 to write")


def run(options: argparse.Namespace) -> None:
    """Read poses, turn the animal to +x, say what they are; UserError on bad input or target."""
    from leap_core.imported_poses import stage

    if not 0 <= options.animal < options.animals:
        raise UserError(
            f"--animal: {options.animal} is none of {options.animals} animals, counted from 0"
        )
    checks.check_positive(fps=options.fps, px_per_mm=options.px_per_mm)
    checks.check_targets([options.output], [options.source, options.skeleton])
    film = {"id": "poses", "path": str(options.source), "poses": options.format}
    names = ("fps", "px_per_mm", "animals", "egocentric")
    given = {name: getattr(options, name) for name in names}
    settings = config.from_dict(
        {
            "dataset": "poses",
            "skeleton": str(options.skeleton),
            "videos": [film | {key: value for key, value in given.items() if value is not None}],
        },
        "leap import-poses",
    )
    limit = settings.poses.limit
    poses = stage.import_file(
        options.source,
        settings.videos[0],
        options.animal,
        options.output.stem,
        skeleton.read(options.skeleton),
        settings.crop.size,
        settings.behavior.max_gap_s,
        limit,
        set_fps="say it with --fps",
    )
    print(stage.summary(poses, limit, settings.videos[0].egocentric))
    section = config.to_dict(settings.videos[0])
    poses.write(options.output, hashes.record(section, [options.source, options.skeleton]))
