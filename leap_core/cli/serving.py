"""What the commands that serve a page have in common."""

from __future__ import annotations

import argparse
import getpass
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any


def add_arguments(parser: argparse.ArgumentParser, does: str) -> None:
    """Who works on the page, and where it is served.

    Args:
        does: what a person does there, such as "labels".
    """
    parser.add_argument("--name", help=f"who {does}; default: the name of this account")
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--port", type=int, help="default: the first free one from 8765 on")
    place.add_argument("--socket", type=Path, help="serve on a socket in a private folder instead")
    parser.add_argument("--no-browser", action="store_true", help="print the link only")


def person(options: argparse.Namespace) -> str:
    """Who works on the page."""
    return options.name or getpass.getuser()


async def serve(
    options: argparse.Namespace,
    folder: Path,
    page: Any,
    told: Callable[[], Iterable[str]],
    promise: str,
) -> None:
    """Serve a page until it is ended by Ctrl-C.

    Args:
        folder: whose token it is.
        page: with ``routes()`` and ``close()``.
        told: lines above the link, asked for when the page is there.
        promise: when an edit is on the disk.

    Raises:
        UserError: the port or socket cannot be had.
    """
    from leap_core.web import auth, server
    from leap_core.web.answers import errors

    token = auth.token_of(folder)
    where = server.listen_at(options.socket) if options.socket else server.listen(options.port)
    link, tunnel = server.directions(where, token)

    def ready() -> None:
        for line in told():
            print(line)
        print(f"open   {link}")
        print(f"from a laptop, first   {tunnel}")
        print(f"{promise}; end with Ctrl-C", flush=True)
        if not options.no_browser:
            server.open_browser(link)

    app = server.application(token, page.routes(), errors)
    await server.serve(app, where, ready, page.close)
