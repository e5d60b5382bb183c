"""The ``leap import-labels`` command."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from leap_core import config, skeleton, sources
from leap_core.cli import checks
from leap_core.config.declared import alone
from leap_core.errors import UserError
from leap_core.io.pixels import Depth
from leap_core.provenance import hashes

HELP = "read labels of any supported format"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be typed after ``leap import-labels``."""
    parser.add_argument("source", type=Path, help="label file, or folder of `leap label`")
    parser.add_argument("--config", type=Path, help="dataset YAML: skeleton, alignment, exclusions")
    parser.add_argument(
        "--skeleton", type=Path, help="skeleton YAML (else the config's or the file's)"
    )
    parser.add_argument("-o", "--output", type=Path, required=True, help="labels HDF5 to write")


def run(options: argparse.Namespace) -> None:
    """Read, check and align labels, and say what they are; UserError on bad input or target."""
    from leap_core.labels import reporting, stage

    settings = config.read(options.config) if options.config else None
    chosen = options.skeleton or (Path(settings.skeleton) if settings else None)
    if options.source.is_dir():
        _place_folder(options, settings, chosen)
        return
    read = [options.source, options.config, chosen]
    checks.check_targets(
        [options.output],
        [*read, sources.find_source(settings.labels.exclusions) if settings else None],
    )
    wanted = skeleton.read(chosen) if chosen else None
    source = stage.find_source(settings.labels, options.source) if settings else None
    if settings and settings.labels.exclusions and not source:
        print(
            f"note: {options.source} is no label source of {options.config}: only exclusions "
            "for any file apply",
            file=sys.stderr,
        )
    crop = settings.crop if settings else None
    label_settings = settings.labels if settings else None
    # the other files of a dataset may hold larger samples than this one
    several = bool(settings and source) and not alone(config.to_dict(settings))
    depth = Depth(settings.bits if settings else None, ask=several)
    track = settings.track if settings else None
    result, report = stage.import_file(
        options.source, wanted, source, label_settings, crop, depth=depth, track=track
    )
    print(reporting.format_report(report))
    section = config.to_dict(settings.labels) if settings else None
    result.write(options.output, hashes.record(section, [options.source]))


def _place_folder(
    options: argparse.Namespace, settings: config.Config | None, chosen: Path | None
) -> None:
    """Put the labels of a folder on the crops of the dataset's results."""
    from leap_core.labels import edits, placing, reporting

    folder = options.source
    if settings is None or chosen is None:
        raise UserError(
            f"{folder}: is a folder, whose labels belong to the crops of a dataset; name its "
            "config by --config"
        )
    checks.check_targets([options.output], [options.config, chosen])
    results = Path("results") / settings.dataset
    found = edits.read(folder)
    labels, report = placing.place(
        found,
        skeleton.read(chosen),
        settings.recordings,
        lambda recording: results / "crops" / f"{recording}.h5",
        lambda video: results / "tracks" / f"{video}.h5",
    )
    print(reporting.format_report(report))
    labels.write(options.output, hashes.record({"browser": found.digest()}))
