"""The ``leap explore`` command."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from leap_core import config
from leap_core.cli import serving

HELP = "look at the behavior map in the browser; name, merge and split its regions"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be typed after ``leap explore``."""
    parser.add_argument("--config", type=Path, required=True, help="dataset YAML")
    parser.add_argument(
        "--labels", type=Path, help="keep edits in this folder of labels, to try the page"
    )
    serving.add_arguments(parser, "edits")


def run(options: argparse.Namespace) -> None:
    """Serve the page until it is ended by Ctrl-C."""
    asyncio.run(_serve(options))


async def _serve(options: argparse.Namespace) -> None:
    from leap_core.web.explore.routes import Page
    from leap_core.web.explore.session import Session

    settings = config.read(options.config)
    session = Session(settings, options.config, options.labels)
    page = Page(session, serving.person(options))

    def told() -> list[str]:
        lines = [
            f"{options.config}: {session.total:,} frames, {len(session.area.occupancy)} regions, "
            f"{len(session.edits)} edits in {session.path}"
        ]
        if session.others:
            lines.append(
                f"note: {session.path}: {session.others} edits of another map, not applied"
            )
        return [*lines, *[f"note: {session.problem}"] * bool(session.problem)]

    promise = "every edit is on the disk before the page shows it"
    await serving.serve(options, session.results, page, told, promise)
    if options.labels is None and session.edits:
        print(f"\ngo on with `{session.make}`", flush=True)
