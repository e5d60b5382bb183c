"""The ``leap skeleton`` command."""

from __future__ import annotations

import argparse
from pathlib import Path

from leap_core import skeleton
from leap_core.cli import checks
from leap_core.errors import UserError
from leap_core.io import atomic

HELP = "write the skeleton file of an animal that was labeled elsewhere"
LEFT_TO_SAY = """\
# No label file tells these; docs/skeletons.md says what needs them:
# roles: {center: PART, axis: [TAIL_END, HEAD_END], legs: {LF: [BASE, ..., TIP], RF: [...]}}
# groups: {head: [PART, ...]}
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be typed after ``leap skeleton``."""
    parser.add_argument(
        "source", type=Path, help="labels of any format, or a skeleton of DeepPoseKit, LEAP, SLEAP"
    )
    parser.add_argument("-o", "--output", type=Path, required=True, help="skeleton YAML to write")


def run(options: argparse.Namespace) -> None:
    """Write parts, edges and mirror partners; never over a file, to which people add."""
    from leap_core.labels import reading

    checks.check_targets([options.output], [options.source])
    if options.output.exists():
        raise UserError(
            f"{options.output}: is there already, and may hold what no label file tells; remove "
            "it, or name another file"
        )
    found = reading.read_skeleton(options.source)
    left = "" if found.axis and found.groups else LEFT_TO_SAY
    with atomic.atomic_path(options.output) as temporary:
        temporary.write_text(skeleton.to_yaml(found) + left, encoding="utf-8")
    print(f"{len(found)} parts, {len(found.edges)} edges")
    print(f"in a mirror image {skeleton.pairs_text(found)}")
    if found.unpaired:
        print(f"may have a side, and have no partner: {', '.join(found.unpaired)}")
    if left:
        print("roles and groups are still to be named: see the end of the file")
