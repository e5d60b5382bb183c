"""What the page that mends tracks asks for, and what it sends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import cv2
from aiohttp import web

from leap_core.web import pages
from leap_core.web.answers import Events, answer
from leap_core.web.incoming import Refused, json_object
from leap_core.web.proofread import view
from leap_core.web.proofread.facts import Change
from leap_core.web.proofread.film import Film
from leap_core.web.proofread.session import Session

QUALITY = 92  # of JPEG
DECODERS = 4  # threads that frames wait in, so that nothing else waits for a frame
_LONGEST_NUMBER = 12  # digits


class Page:
    """The routes of the tracks of one dataset.

    Args:
        person: who mends, where the page has no other name.
    """

    def __init__(self, session: Session, person: str):
        self.session, self.person = session, person
        self._edits = asyncio.Lock()  # one at a time, in the order in which they came
        self._events = Events(self._follow)
        self._seen = {id: film.seen for id, film in session.films.items()}
        self._counting: asyncio.Task | None = None
        self._decoders = ThreadPoolExecutor(DECODERS)

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        video = "/api/videos/{id}"
        return [
            *pages.routes("leap_core.web.proofread"),
            web.get("/api/state", self._state),
            web.get(f"{video}/track", self._track),
            web.get(f"{video}/frames/{{name}}", self._frame),
            web.get(f"{video}/queue", self._queue),
            web.get(f"{video}/overview", self._overview),
            web.post(f"{video}/lines", self._add),
            web.delete(f"{video}/lines/{{number}}", self._remove),
            web.post(f"{video}/undo", self._undo),
            web.post(f"{video}/redo", self._undo),
            web.post(f"{video}/accept", self._accept),
            web.get("/api/events", self._events.listen),
        ]

    def _film(self, request: web.Request) -> Film:
        return self.session.film(request.match_info["id"])

    # ----- reading

    async def _state(self, request: web.Request) -> web.Response:
        state = await asyncio.to_thread(self.session.state)
        if self._counting is None:
            self._counting = asyncio.create_task(self._count())
        return answer(state | {"person": self.person})

    async def _count(self) -> None:
        """Find out what there is to look at in every video, one after the other."""
        for id, film in self.session.films.items():
            try:
                await asyncio.to_thread(film.moments)
            except Exception as error:  # whoever opens the video is told
                print(f"{id}: {error}", flush=True)
                continue
            if id not in self.session.loaded:
                film.release()
            self._events.tell(type="left", video=id, left=film.left())

    async def _track(self, request: web.Request) -> web.Response:
        film = self._film(request)
        first = number_of(request.query.get("first", "0"))
        last = number_of(request.query.get("last", str(first + view.MOST_FRAMES - 1)))
        return answer(await asyncio.to_thread(view.track, film, first, last))

    async def _frame(self, request: web.Request) -> web.Response:
        film = self._film(request)
        name, _, suffix = request.match_info["name"].partition(".")
        if suffix != "jpg":
            raise Refused(404, "frames are NUMBER.jpg")
        loop = asyncio.get_running_loop()
        body = await loop.run_in_executor(self._decoders, picture, film, number_of(name))
        return web.Response(
            body=body, content_type="image/jpeg", headers={"Cache-Control": "no-store"}
        )

    async def _queue(self, request: web.Request) -> web.Response:
        film = self._film(request)
        self._decoders.submit(film.open)
        return answer(await asyncio.to_thread(view.moments, film))

    async def _overview(self, request: web.Request) -> web.Response:
        return answer(await asyncio.to_thread(view.overview, self._film(request)))

    def _follow(self) -> None:
        """Tell the pages of files that another program has written."""
        for id, film in self.session.films.items():
            if (seen := film.seen) != self._seen[id]:
                self._seen[id] = seen
                self._events.tell(type="lines", video=id)

    # ----- writing

    async def _add(self, request: web.Request) -> web.Response:
        return await self._changed(request, Film.add, await json_object(request))

    async def _undo(self, request: web.Request) -> web.Response:
        direction = request.path.rpartition("/")[2]
        return await self._changed(request, Film.undo, await json_object(request), direction)

    async def _remove(self, request: web.Request) -> web.Response:
        count = number_of(request.query.get("count", ""))
        known: dict[str, Any] = {"count": count}
        if "version" in request.query:
            known["version"] = request.query["version"]
        return await self._changed(
            request, Film.remove, number_of(request.match_info["number"]), known
        )

    async def _accept(self, request: web.Request) -> web.Response:
        film, body = self._film(request), await json_object(request)
        async with self._edits:
            accepted = await asyncio.to_thread(film.accept, body)
        self._events.tell(type="accepted", video=film.id, tab=str(body.get("tab", ""))[:64])
        return answer({"accepted": accepted, "left": film.left()})

    async def _changed(self, request: web.Request, change: Callable, *arguments) -> web.Response:
        film = self._film(request)
        async with self._edits:
            frames: Change = await asyncio.to_thread(change, film, *arguments)
            self._seen[film.id] = film.seen
        told = film.lines()
        about = {"count": len(told["lines"]), "version": told["version"]}
        self._events.tell(type="lines", video=film.id, **about)
        return answer(told | {"changed": frames})

    async def close(self) -> None:
        """End: the pages, and the files."""
        self._events.end()
        if self._counting is not None:
            self._counting.cancel()
        self._decoders.shutdown(wait=False, cancel_futures=True)
        async with self._edits:
            self.session.close()


def picture(film: Film, number: int) -> bytes:
    """A frame as JPEG.

    Raises:
        Refused: there is none, or it cannot be decoded.
    """
    image = film.frame(number)
    if image is None:
        raise Refused(404, f"{film.id}: frame {number} cannot be decoded")
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()


def number_of(text: str) -> int:
    """A whole number of an address.

    Raises:
        Refused: it is none.
    """
    if not (text.isascii() and text.isdecimal()) or len(text) > _LONGEST_NUMBER:
        raise Refused(400, f"{text[:40]!r} is no number")
    return int(text)
