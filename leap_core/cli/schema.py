"""The ``leap schema`` command."""

from __future__ import annotations

import argparse
import json

from leap_core import config

HELP = "print the JSON schema of config files"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``leap schema`` takes none."""


def run(options: argparse.Namespace) -> None:
    """Print the schema."""
    print(json.dumps(config.schema(), indent=2, sort_keys=False))
