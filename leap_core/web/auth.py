"""Who may use a page: 127.0.0.1 is shared by everybody on a machine.

The link holds a token.  It is exchanged for a cookie that no script can read and no other site can
send, and leaves the address.  Requests must be meant for this machine (``Host``), and those that
write must come from the page itself (``Origin``).
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web

from leap_core.errors import UserError

HOSTS = ("localhost", "127.0.0.1", "::1")
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def token_of(folder: str | Path) -> str:
    """The token of a folder of labels: the same after a restart, so that open pages go on.

    It lies among the user's own files, readable by nobody else; where that cannot be, each start
    has a new one.
    """
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    name = hashlib.sha256(str(Path(folder).resolve()).encode()).hexdigest()[:16]
    path = Path(base) / "leap" / f"{name}.token"
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with suppress(FileNotFoundError):
            found = os.lstat(path)
            private = not stat.S_IMODE(found.st_mode) & 0o077 and found.st_uid == os.getuid()
            if stat.S_ISREG(found.st_mode) and private:
                token = path.read_text(encoding="ascii").strip()
                if len(token) >= 32:
                    return token
            path.unlink()
        token = secrets.token_urlsafe(32)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(token)
        return token
    return secrets.token_urlsafe(32)


def guard(token: str):
    """A middleware that lets only the owner of the token through, and logs what it refuses."""
    pass_word = hashlib.sha256(f"cookie {token}".encode()).hexdigest()

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            host = urlsplit(f"//{request.headers.get('Host', '')}")
            name, port = host.hostname, host.port
        except ValueError:
            name = port = None
        if name not in HOSTS:
            return refused(request, 403, "its Host is not this machine")
        return await _admitted(request, handler, port)

    async def _admitted(request: web.Request, handler: Handler, port) -> web.StreamResponse:
        cookie = f"leap-{port or 80}"
        if request.method != "GET":
            own = f"http://{request.headers['Host']}"
            if request.headers.get("Origin") != own:
                return refused(request, 403, "it does not come from the page")
        if request.path == "/" and "token" in request.query:
            if not hmac.compare_digest(request.query["token"].encode(), token.encode()):
                return refused(request, 403, "its token is wrong; use the link that was printed")
            answer = web.Response(status=303, headers={"Location": "/"} | HEADERS)
            answer.set_cookie(cookie, pass_word, httponly=True, samesite="Strict", path="/")
            return answer
        if not hmac.compare_digest(request.cookies.get(cookie, "").encode(), pass_word.encode()):
            return refused(request, 401, "no token; open the link that was printed")
        return await handler(request)

    return check


def refused(request: web.Request, status: int, why: str) -> web.Response:
    """Say no, in one line here and there; what was asked for is shortened, without its query."""
    log(request, status, why)
    return web.json_response({"error": f"refused: {why}"}, status=status, headers=HEADERS)


def log(request: web.Request, status: int, why: str) -> None:
    """One line of what was not done; the query, which may hold a token, stays out of it."""
    asked = request.path[:60].encode("unicode_escape").decode()
    line = f"refused ({status}): {request.method} {asked}: {why}".splitlines()[0]
    print(line, file=sys.stderr, flush=True)


def private_folder(path: Path) -> None:
    """Make a folder that only this user can enter, for a socket.

    Raises:
        UserError: it is there and others can enter it, or it is another user's.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = os.stat(path)
    except OSError as error:
        raise UserError(f"{path}: no folder for a socket can be made ({error.strerror})") from error
    if found.st_uid != os.getuid():
        raise UserError(f"{path}: belongs to another user; choose a folder of your own")
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise UserError(
            f"{path}: others can enter it; `chmod 700 {path}`, or choose another folder"
        )
