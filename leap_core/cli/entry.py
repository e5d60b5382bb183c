"""What is typed after ``leap``, and which command's module answers it."""

from __future__ import annotations

import argparse
import importlib
import os
import sys

import leap_core
from leap_core import environment
from leap_core.errors import UserError

# as typed -> module of this folder, with HELP, add_arguments(parser) and run(options)
COMMANDS = {
    "doctor": "doctor",
    "plan": "plan",
    "clean": "clean",
    "skeleton": "skeletons",
    "import-labels": "labels",
    "export-frames": "frames",
    "label": "label",
    "proofread": "proofread",
    "explore": "explore",
    "predict": "predict",
    "track": "track",
    "movie": "movie",
    "import-poses": "poses",
    "evaluate": "evaluate",
    "gait": "gait",
    "behavior": "behavior",
    "export": "export",
    "synth": "synth",
    "verify": "verify",
    "provenance": "provenance",
    "schema": "schema",
    "reference": "reference",
}


def main(arguments: list[str] | None = None) -> int:
    """Entry point of the ``leap`` command; returns the exit status."""
    environment.apply()
    options = _parser().parse_args(arguments)
    try:
        status = options.run(options) or 0
        sys.stdout.flush()
        return status
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # the reader, such as `head`, has seen enough; Python must not write to it at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="leap", description="From raw video to poses.")
    version = f"leap {leap_core.__version__}"
    parser.add_argument("--version", action="version", version=version)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, module in COMMANDS.items():
        command = importlib.import_module(f"leap_core.cli.{module}")
        sub = commands.add_parser(name, help=command.HELP, description=command.HELP)
        command.add_arguments(sub)
        sub.set_defaults(run=command.run)
    return parser
