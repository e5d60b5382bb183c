"""What the page that explores a map asks for, and what it sends."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from leap_core.web import pages
from leap_core.web.answers import Events, answer
from leap_core.web.explore.session import Session
from leap_core.web.incoming import Refused, json_object

_LONGEST_NUMBER = 9  # digits


class Page:
    """The routes of the map of one dataset.

    Args:
        person: who edits, where the page has no other name.
    """

    def __init__(self, session: Session, person: str):
        self.session, self.person = session, person
        self._edits = asyncio.Lock()  # one at a time, in the order in which they came
        self._events = Events(self._follow)
        self._seen = session.seen

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        return [
            *pages.routes("leap_core.web.explore"),
            web.get("/api/head", self._head),
            web.get("/api/arrays/{name}", self._array),
            web.get("/api/regions/{number}/clips", self._clips),
            web.get("/api/clips/{recording}/{frames}.mp4", self._clip),
            web.get("/api/recordings/{recording}/frames/{frame}", self._frame),
            web.post("/api/edits", self._edit),
            web.post("/api/undo", self._edit),
            web.get("/api/events", self._events.listen),
        ]

    async def _head(self, request: web.Request) -> web.Response:
        return self._told(await asyncio.to_thread(self.session.head))

    def _told(self, head: dict[str, Any]) -> web.Response:
        return answer(head | {"person": self.person})

    async def _array(self, request: web.Request) -> web.Response:
        body = await asyncio.to_thread(self.session.array, request.match_info["name"])
        return _bytes(body, "application/octet-stream")

    async def _clips(self, request: web.Request) -> web.Response:
        number = _number(request.match_info["number"])
        return answer(await asyncio.to_thread(self.session.clips, number))

    async def _clip(self, request: web.Request) -> web.Response:
        first, _, last = request.match_info["frames"].partition("-")
        asked = request.match_info["recording"], _number(first), _number(last)
        return _bytes(await asyncio.to_thread(self.session.clip, *asked), "video/mp4")

    async def _frame(self, request: web.Request) -> web.Response:
        asked = request.match_info["recording"], _number(request.match_info["frame"])
        return answer(await asyncio.to_thread(self.session.frame, *asked))

    async def _edit(self, request: web.Request) -> web.Response:
        body = await json_object(request)
        change = self.session.undo if request.path.endswith("undo") else self.session.edit
        async with self._edits:
            head = await asyncio.to_thread(change, body)
            self._seen = self.session.seen
        self._events.tell(type="edits", version=head["edits"]["version"])
        return self._told(head)

    def _follow(self) -> None:
        """Tell the pages of files that another program has written."""
        if (seen := self.session.seen) != self._seen:
            self._seen = seen
            self._events.tell(type="edits", version="")

    async def close(self) -> None:
        """End: let the pages go, and what is being written end."""
        self._events.end()
        async with self._edits:
            pass


def _bytes(body: bytes, kind: str) -> web.Response:
    return web.Response(body=body, content_type=kind, headers={"Cache-Control": "no-store"})


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER):
        raise Refused(400, f"{text[:20]!r} is no number")
    return int(text)
