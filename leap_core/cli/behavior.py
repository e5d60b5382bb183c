"""The ``leap behavior`` command."""

from __future__ import annotations

import argparse
from pathlib import Path

from leap_core import config
from leap_core.cli import checks
from leap_core.config import chosen
from leap_core.provenance import hashes

HELP = "place one more recording on a behavior map"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be typed after ``leap behavior``."""
    parser.add_argument("poses", type=Path, help="poses HDF5 of one recording")
    parser.add_argument(
        "--map", type=Path, required=True, help="folder of embedding.h5 and map.h5, or map.h5"
    )
    parser.add_argument("--config", type=Path, required=True, help="dataset YAML of the map")
    parser.add_argument("-o", "--output", type=Path, required=True, help="behavior HDF5 to write")


def run(options: argparse.Namespace) -> None:
    """Place one recording on a map; UserError on bad input or target."""
    from leap_core.behavior import placing
    from leap_core.containers import BehaviorMap, Embedding, Poses

    settings = config.read(options.config)
    inputs = [options.poses, *placing.map_files(options.map)]
    checks.check_targets([options.output], [*inputs, options.config, settings.skeleton])
    of_poses, of_embedding, of_map = inputs
    poses, embedding, area = (
        Poses.read(of_poses), Embedding.read(of_embedding), BehaviorMap.read(of_map)
    )  # fmt: skip
    how = chosen.of_map(settings.behavior, of_map.parent)
    result = placing.add(poses, embedding, area, how, settings.poses.limit)
    section = {"behavior": config.to_dict(how), "poses": config.to_dict(settings.poses)}
    if settings.behavior.auto:
        inputs.append(of_map.with_name(chosen.NAME))
    result.write(options.output, hashes.record(section, inputs))
    print(placing.summary(result))
