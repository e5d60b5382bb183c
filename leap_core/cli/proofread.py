"""The ``leap proofread`` command."""

from __future__ import annotations

import argparse
import asyncio
import getpass
from pathlib import Path

from leap_core import config

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
    parser.add_argument("--name", help="who mends; default: the name of this account")
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--port", type=int, help="default: the first free one from 8765 on")
    place.add_argument("--socket", type=Path, help="serve on a socket in a private folder instead")
    parser.add_argument("--no-browser", action="store_true", help="print the link only")


def run(options: argparse.Namespace) -> None:
    """Serve the page until it is ended by Ctrl-C."""
    asyncio.run(_serve(options))


async def _serve(options: argparse.Namespace) -> None:
    from leap_core.web import auth, server
    from leap_core.web.answers import errors
    from leap_core.web.proofread.routes import Page
    from leap_core.web.proofread.session import Session

    settings = config.read(options.config)
    session = Session(settings, options.config, options.video, options.labels)
    token = auth.token_of(session.results)
    where = server.listen_at(options.socket) if options.socket else server.listen(options.port)
    link, tunnel = server.directions(where, token)
    page = Page(session, options.name or getpass.getuser())

    def ready() -> None:
        lines = sum(len(film.table.items) for film in session.films.values())
        print(f"{options.config}: {len(session.films)} videos with tracks, {lines} corrections")
        for note in session.why.values():
            print(f"note: {note}")
        print(f"open   {link}")
        print(f"from a laptop, first   {tunnel}")
        print(
            "every correction is on the disk before the page says `saved`; end with Ctrl-C",
            flush=True,
        )
        if not options.no_browser:
            server.open_browser(link)

    app = server.application(token, page.routes(), errors)
    await server.serve(app, where, ready, page.close)
    if options.labels is None:
        print(f"\ngo on with `{session.make}`", flush=True)
