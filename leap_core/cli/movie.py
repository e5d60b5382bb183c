"""The ``leap movie`` command."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from tqdm import tqdm

from leap_core import config, containers
from leap_core.cli import checks
from leap_core.errors import UserError
from leap_core.io import video

FRAMES = 200  # without --stop
UNKNOWN = 20.0  # frames per second of the movie where those of the video are unknown


HELP = "movie of crops: raw, confidence maps, tracked"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be typed after ``leap movie``."""
    parser.add_argument("crops", type=Path, help="crops HDF5 of one recording")
    parser.add_argument("--model", type=Path, required=True, help="best.keras of a trained run")
    parser.add_argument("-o", "--output", type=Path, required=True, help="movie (.mp4) to write")
    parser.add_argument("--start", type=int, default=0, help="first frame (default 0)")
    parser.add_argument("--stop", type=int, help="frame after the last (default 200 frames on)")
    parser.add_argument("--playback", type=float, default=0.2, help="1 = real time (default 0.2)")
    parser.add_argument(
        "--with", dest="crops2", type=Path, help="second row: crops (else the same)"
    )
    parser.add_argument("--model2", type=Path, help="second row: best.keras (else the same)")
    parser.add_argument("--names", nargs=2, metavar=("NAME", "NAME2"), help="names of the two rows")


def run(options: argparse.Namespace) -> None:
    """Write a movie of some frames; a second row shows other crops, another network, or both.

    Raises:
        UserError: bad input or target, frames that are not in the crops, rows that do not match.
    """
    from leap_core.figures import movie
    from leap_core.pose import maps

    checks.check_positive(playback=options.playback)
    pairs = [(options.crops, options.model)]
    if options.crops2 or options.model2:
        pairs.append((options.crops2 or options.crops, options.model2 or options.model))
    elif options.names:
        raise UserError("--names: names two rows, but there is one; give --with or --model2")
    files = [file for crops, model in pairs for file in (crops, *checks.model_files(model))]
    checks.check_targets([options.output], files)
    if options.output.suffix.lower() != ".mp4":
        raise UserError(f"{options.output}: movies are written as .mp4; change the suffix")
    stop = options.stop
    if stop is None:
        with containers.open_crops(options.crops) as crops:
            stop = min(len(crops), options.start + FRAMES)
    settings = config.Prediction()
    parts = [maps.stretch(*pair, settings, options.start, stop) for pair in pairs]
    for part, (crops, _) in zip(parts[1:], pairs[1:], strict=True):
        _check_alike(parts[0], part, options.crops, crops)
    first, names = parts[0], options.names or _names(pairs)
    rows = [
        movie.Row(name, part.images, part.skeleton) for name, part in zip(names, parts, strict=True)
    ]
    shown = movie.rate(options.playback, first.fps, UNKNOWN)
    made = movie.frames(
        rows, first.frame, first.fps, shown, config.PoseLimits().resolved(calibrated=True).doubt
    )
    bar = tqdm(made, total=len(first.frame), desc="movie", unit="frame", disable=None)
    count = video.write_video(options.output, bar, shown)
    print(f"{options.output}: {count} frames, {count / shown:.1f} s")


def _check_alike(first, other, path: Path, other_path: Path) -> None:
    """Rows are of the same frames at the same rate, in images of one size."""
    for what, same in (
        ("images of another size", first.shape == other.shape),
        ("another frame rate", np.array_equal(first.fps, other.fps, equal_nan=True)),
        ("other frames of its video", np.array_equal(first.frame, other.frame)),
    ):
        if not same:
            raise UserError(f"{other_path}: holds {what} than {path}; give crops of the same video")


def _names(pairs: list[tuple[Path, Path]]) -> list[str]:
    """What tells the rows apart: the crops' files, or the networks' runs, or neither."""
    if len(pairs) == 1:
        return [""]
    (crops, model), (crops2, model2) = pairs
    if crops.stem != crops2.stem:
        return [crops.stem, crops2.stem]
    names = [path.absolute().parent.name for path in (model, model2)]
    return names if names[0] != names[1] else ["", ""]
