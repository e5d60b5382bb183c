"""The ``leap gait`` command."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from contextlib import ExitStack
from pathlib import Path

import h5py

from leap_core import config
from leap_core.cli import checks
from leap_core.containers import GaitModel, Poses
from leap_core.errors import UserError
from leap_core.gait import stage, summary
from leap_core.gait.model import fit_model
from leap_core.io import atomic, hdf5
from leap_core.provenance import hashes
from leap_core.timeseries import known_fps

TABLES = ("parquet", "csv")  # endings of a table's files


HELP = "swing, stance, gait modes and their tables from poses"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be typed after ``leap gait``."""
    parser.add_argument("poses", type=Path, help="poses HDF5 of one recording")
    parser.add_argument("-o", "--output", type=Path, required=True, help="gait HDF5 to write")
    parser.add_argument("--config", type=Path, help="dataset YAML (else every setting's default)")
    parser.add_argument("--model", type=Path, help="gait model HDF5 (else fitted to these poses)")
    parser.add_argument("--fps", type=float, help="frames per second of poses that do not say it")
    parser.add_argument(
        "--speed",
        choices=("auto", "track", "stance"),
        help="forward speed from the body's track or the stance legs, in place of gait.speed",
    )
    parser.add_argument("--csv", action="store_true", help="tables as CSV too")


def run(options: argparse.Namespace) -> None:
    """Analyse one recording; all files appear at the end, or none.

    Tables and models that an earlier run left under this run's name are removed.

    Raises:
        UserError: bad input or targets.
    """
    checks.check_positive(fps=options.fps)
    settings = config.read(options.config) if options.config else None
    section = settings.gait if settings else config.Gait()
    if options.speed:
        section = dataclasses.replace(section, speed=options.speed)
    seed = settings.seed if settings else 0
    inputs = [path for path in (options.poses, options.model) if path]
    skeleton_path = settings.skeleton if settings else None
    out = options.output
    checks.check_targets([out], inputs)
    tables = [field.name for field in dataclasses.fields(stage.Tables)]
    parquet, csv = ({t: out.with_name(f"{out.stem}.{t}.{s}") for t in tables} for s in TABLES)
    model_path = out.with_name(f"{out.stem}.model.h5")
    targets = [out, *([] if options.model else [model_path]), *parquet.values()]
    targets += csv.values() if options.csv else []
    checks.check_targets(targets, [*inputs, options.config, skeleton_path])
    poses = Poses.read(options.poses)
    poses = _with_rate(poses, options.fps, options.poses)
    usual = config.PoseLimits().resolved(calibrated=bool(poses.calibration))
    limits = settings.poses if settings else usual
    limit = limits.limit
    given = GaitModel.read(options.model) if options.model else None
    model = given or fit_model([poses], section, limit, seed)
    result, found = stage.analyse(poses, model, section, limit)
    used = {"gait": config.to_dict(section), "poses": config.to_dict(limits)}
    used |= {"fps": poses.fps} if options.fps else {}
    made = hashes.record(used, inputs, seed=seed)
    with ExitStack() as stack:
        result.write(stack.enter_context(atomic.atomic_path(out)), made)
        if not options.model:
            model.write(stack.enter_context(atomic.atomic_path(model_path)), made)
        for name, table in vars(found).items():
            atomic.write_parquet(stack.enter_context(atomic.atomic_path(parquet[name])), table)
            if options.csv:
                atomic.write_csv(stack.enter_context(atomic.atomic_path(csv[name])), table)
    print(summary.summarize(result, found))
    if not given and model.note not in result.note:
        print(f"note of the model: {model.note}")
    others = [p for p in csv.values() if p not in targets]
    if model_path.is_file() and h5py.is_hdf5(model_path):
        others += [model_path] if hdf5.kind(model_path) == GaitModel.FORMAT else []
    removed = checks.remove_stale(others, [*targets, *inputs, options.config, skeleton_path])
    if removed:
        print(f"removed, of an earlier run: {', '.join(path.name for path in removed)}")


def _with_rate(poses: Poses, fps: float | None, path: Path) -> Poses:
    """Poses with a frame rate: their own, else the one given; UserError when there is none."""
    if known_fps(poses.fps):
        if fps is not None and fps != poses.fps:
            print(
                f"WARNING: --fps is not used: {path} says {poses.fps:g} frames/s, not {fps:g}; if "
                "that is wrong, make the poses again with the right rate (`videos[].fps`, or "
                "leap import-poses --fps)",
                file=sys.stderr,
            )
        return poses
    if fps is None:
        raise UserError(f"{path}: unknown frame rate; give --fps")
    return dataclasses.replace(poses, fps=float(fps))
