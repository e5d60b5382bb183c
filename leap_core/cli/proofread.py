"""The ``leap proofread`` command."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from leap_core import config
from leap_core.cli import serving

HELP = "mend tracks in the browser, most doubtful moments first"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be typed after ``leap proofread``."""
    parser.add_argument("--config", type=Path, required=True, help="dataset YAML")
    parser.add_argument(
        "--video", nargs="+", default=[], metavar="ID", help="some videos of it; default: all"
    )
    parser.add_argument(
        "--labels", type=Path, help="keep corrections in this folder of labels, to try the page"
    )
    serving.add_arguments(parser, "mends")


def run(options: argparse.Namespace) -> None:
    """Serve the page until it is ended by Ctrl-C."""
    asyncio.run(_serve(options))


async def _serve(options: argparse.Namespace) -> None:
    from leap_core.web.proofread.routes import Page
    from leap_core.web.proofread.session import Session

    settings = config.read(options.config)
    session = Session(settings, options.config, options.video, options.labels)
    page = Page(session, serving.person(options))

    def told() -> list[str]:
        lines = sum(len(film.table.items) for film in session.films.values())
        first = f"{options.config}: {len(session.films)} videos with tracks, {lines} corrections"
        return [first, *(f"note: {note}" for note in session.why.values())]

    promise = "every correction is on the disk before the page says `saved`"
    await serving.serve(options, session.results, page, told, promise)
    if options.labels is None:
        print(f"\ngo on with `{session.make}`", flush=True)
