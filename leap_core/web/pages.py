"""Files of a page: modules, styles and pictures in the package, by name and nothing else.

What several pages use lies in ``leap_core/web/page`` and is served as ``/shared/NAME``.
"""

from __future__ import annotations

from importlib import resources
from importlib.resources.abc import Traversable

from aiohttp import web

TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
SHARED = "leap_core.web"


def routes(package: str) -> list[web.RouteDef]:
    """The page of a package: ``/``, ``/page/NAME``, and ``/shared/NAME``.

    Args:
        package: its files lie in the folder ``page`` below it.
    """
    own, shared = _files(package), _files(SHARED)

    def serve(files: dict[str, Traversable]):
        async def file(request: web.Request) -> web.Response:
            name = request.match_info.get("name", "index.html")
            if name not in files:
                raise web.HTTPNotFound(reason="no such file of the page")
            kind = TYPES["." + name.rpartition(".")[2]]
            headers = {"Cache-Control": "no-cache"}
            body = files[name].read_bytes()
            return web.Response(body=body, content_type=kind, charset="utf-8", headers=headers)

        return file

    return [
        web.get("/", serve(own)),
        web.get("/page/{name}", serve(own)),
        web.get("/shared/{name}", serve(shared)),
    ]


def _files(package: str) -> dict[str, Traversable]:
    folder = resources.files(package) / "page"
    found = folder.iterdir() if folder.is_dir() else ()
    return {file.name: file for file in found if "." + file.name.rpartition(".")[2] in TYPES}
