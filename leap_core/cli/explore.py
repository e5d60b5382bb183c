"""The ``leap explore`` command."""

from __future__ import annotations

import argparse
import asyncio
import getpass
from pathlib import Path

from leap_core import config

HELP = "look at the behavior map in the browser; name, merge and split its regions"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be typed after ``leap explore``."""
    parser.add_argument("--config", type=Path, required=True, help="dataset YAML")
    parser.add_argument(
        "--labels", type=Path, help="keep edits in this folder of labels, to try the page"
    )
    parser.add_argument("--name", help="who edits; default: the name of this account")
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
    from leap_core.web.explore.routes import Page
    from leap_core.web.explore.session import Session

    settings = config.read(options.config)
    session = Session(settings, options.config, options.labels)
    token = auth.token_of(session.results)
    where = server.listen_at(options.socket) if options.socket else server.listen(options.port)
    link, tunnel = server.directions(where, token)
    page = Page(session, options.name or getpass.getuser())

    def ready() -> None:
        regions = len(session.area.occupancy)
        print(
            f"{options.config}: {session.total:,} frames, {regions} regions, "
            f"{len(session.edits)} edits in {session.path}"
        )
        if session.others:
            print(f"note: {session.path}: {session.others} edits of another map are not applied")
        if session.problem:
            print(f"note: {session.problem}")
        print(f"open   {link}")
        print(f"from a laptop, first   {tunnel}")
        print("every edit is on the disk before the page shows it; end with Ctrl-C", flush=True)
        if not options.no_browser:
            server.open_browser(link)

    app = server.application(token, page.routes(), errors)
    await server.serve(app, where, ready, page.close)
    if options.labels is None and session.edits:
        print(f"\ngo on with `{session.make}`", flush=True)
