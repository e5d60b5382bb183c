"""Serving a page to one person: on a port of this machine, or on a socket in a private folder."""

from __future__ import annotations

import asyncio
import getpass
import os
import signal
import socket
import sys
import tempfile
import webbrowser
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from aiohttp import web

from leap_core.errors import UserError
from leap_core.web import auth

FIRST_PORT = 8765
TRIED_PORTS = 50
LARGEST_BODY = 1 << 20  # bytes


def application(token: str, routes: list[web.RouteDef], errors) -> web.Application:
    """Routes behind the guard."""
    app = web.Application(middlewares=[errors, auth.guard(token)], client_max_size=LARGEST_BODY)
    app.add_routes(routes)
    return app


def listen(port: int | None) -> socket.socket:
    """A socket on 127.0.0.1, on the given port or the first free one from 8765 on.

    Raises:
        UserError: the port is taken, or none is free.
    """
    for number in [port] if port is not None else range(FIRST_PORT, FIRST_PORT + TRIED_PORTS):
        found = socket.socket()
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind(("127.0.0.1", number))
            found.listen(128)  # from now on nobody else can have it
            return found
        except OSError as error:
            found.close()
            if port is not None:
                raise UserError(
                    f"port {port}: {error.strerror}; choose another `--port`"
                ) from error
    raise UserError(f"no free port from {FIRST_PORT} on; give one by `--port`")


def listen_at(path: Path) -> socket.socket:
    """A Unix socket in a folder that only this user can enter.

    Raises:
        UserError: others can enter it, or something else lies there.
    """
    auth.private_folder(path.absolute().parent)
    if path.exists() and not path.is_socket():
        raise UserError(f"{path}: is there and no socket; choose another `--socket`")
    probe = socket.socket(socket.AF_UNIX)
    try:
        with suppress(ConnectionRefusedError, FileNotFoundError):
            probe.connect(str(path))
            raise UserError(f"{path}: another page is served there; use it or end it first")
    finally:
        probe.close()
    path.unlink(missing_ok=True)
    found = socket.socket(socket.AF_UNIX)
    try:
        found.bind(str(path))
    except OSError as error:
        found.close()
        raise UserError(
            f"{path}: no socket can be made there ({error.strerror or error})"
        ) from error
    return found


def directions(where: socket.socket, token: str) -> tuple[str, str]:
    """The link, and what to type on a laptop when this machine is far away.

    By number: the name ``localhost`` may lead to ``::1``, where another user can listen.
    """
    at = where.getsockname()
    port = FIRST_PORT if isinstance(at, str) else at[1]
    target = os.path.abspath(at) if isinstance(at, str) else f"127.0.0.1:{port}"
    tunnel = f"ssh -L {port}:{target} {getpass.getuser()}@{socket.gethostname()}"
    return f"http://127.0.0.1:{port}/?token={token}", tunnel


def open_browser(link: str) -> None:
    """Open a link where there is a screen, by a private file: arguments are seen by all users."""
    there = (
        sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
    if not there or os.environ.get("SSH_CONNECTION"):
        return
    number, name = tempfile.mkstemp(suffix=".html", prefix="leap-")  # mode 0600
    with open(number, "w", encoding="utf-8") as file:
        file.write(f'<meta http-equiv="refresh" content="0; url={link}"><a href="{link}">page</a>')
    webbrowser.open(Path(name).as_uri())


async def serve(
    app: web.Application,
    where: socket.socket,
    ready: Callable[[], None],
    close: Callable[[], Awaitable[None]],
) -> None:
    """Serve until SIGINT or SIGTERM, then close."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    unix = where.family == socket.AF_UNIX
    path = where.getsockname() if unix else None
    await web.SockSite(runner, where).start()
    end = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end.set)
    ready()
    await end.wait()
    await close()
    await runner.cleanup()
    if path:
        Path(path).unlink(missing_ok=True)
