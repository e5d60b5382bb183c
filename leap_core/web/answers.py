"""What any page is answered: JSON, events, and what went wrong in one line."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from leap_core.errors import UserError
from leap_core.web.auth import HEADERS, log
from leap_core.web.incoming import Refused

_WAITING = 1000  # events of a page that does not read them


def answer(value: Any) -> web.Response:
    """JSON that no cache keeps."""
    return web.json_response(value, headers={"Cache-Control": "no-store"})


class Events:
    """Server-sent events, to all open pages.

    Args:
        each_second: called while a page listens, as files may be changed by others.
    """

    def __init__(self, each_second: Callable[[], None]):
        self._each_second = each_second
        self._listeners: set[asyncio.Queue[str]] = set()
        self._ending = asyncio.Event()

    def tell(self, **event: Any) -> None:
        """Tell all open pages."""
        text = json.dumps(event)
        for queue in self._listeners:
            if not queue.full():
                queue.put_nowait(text)

    def end(self) -> None:
        """Let all pages go."""
        self._ending.set()

    async def listen(self, request: web.Request) -> web.StreamResponse:
        """The stream of one page."""
        response = web.StreamResponse(headers=HEADERS | {"Cache-Control": "no-store"})
        response.content_type = "text/event-stream"
        await response.prepare(request)
        queue: asyncio.Queue[str] = asyncio.Queue(_WAITING)
        self._listeners.add(queue)
        try:
            await response.write(b": hello\n\n")
            while not self._ending.is_set():
                try:
                    text = await asyncio.wait_for(queue.get(), 1.0)
                    await response.write(f"data: {text}\n\n".encode())
                except TimeoutError:
                    await response.write(b":\n\n")  # finds out that the page has gone
                    self._each_second()
        except ConnectionError:
            pass
        finally:
            self._listeners.discard(queue)
        return response


@web.middleware
async def errors(request: web.Request, handler) -> web.StreamResponse:
    """What goes wrong is told in one line, with the headers that every answer has."""
    try:
        response = await handler(request)
    except Refused as error:
        log(request, error.status, str(error))
        response = web.json_response(error.answer, status=error.status)
    except UserError as error:
        log(request, 400, str(error))
        response = web.json_response({"error": str(error)}, status=400)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        log(request, error.status, error.reason)
        response = web.json_response({"error": error.reason}, status=error.status)
    if not response.prepared:
        response.headers.update(HEADERS)
    return response
