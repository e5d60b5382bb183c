"""What the page asks for, and what it sends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any, Protocol

import cv2
from aiohttp import web

from leap_core import containers
from leap_core.errors import UserError
from leap_core.labels.placing import SAME, Place
from leap_core.web.auth import HEADERS, log
from leap_core.web.label import check, skeletons, view
from leap_core.web.label.incoming import Refused
from leap_core.web.label.session import Session, signature

OFFERS = (10, 50, 100, 250, 500, 1000)  # labeled frames at which a training is offered (paper)
TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
IDLE = {"state": "idle"}
OPEN_FILES = 8  # of crops, at a time


class Trainer(Protocol):
    """What trains a network on the labels and proposes others (:mod:`.training`)."""

    @property
    def status(self) -> dict[str, Any]: ...
    async def start(self, regime: str, by: str) -> None: ...
    async def stop(self) -> None: ...
    async def close(self) -> None: ...


class Page:
    """The routes of one open folder.

    Args:
        person: who labels, where the page has no other name.
    """

    def __init__(self, session: Session, person: str):
        self.session, self.person = session, person
        self.trainer: Trainer | None = None
        self._edits = asyncio.Lock()  # one at a time, in the order in which they came
        self._pictures = asyncio.Lock()
        self._crops = _OpenCrops()
        self._listeners: set[asyncio.Queue[str]] = set()
        self._moved = 0
        self.ending = asyncio.Event()
        folder = resources.files("leap_core.web.label") / "page"
        self._files = {
            file.name: file
            for file in (folder.iterdir() if folder.is_dir() else ())
            if "." + file.name.rpartition(".")[2] in TYPES
        }

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        item = "/api/items/{key}"
        return [
            web.get("/", self._page),
            web.get("/page/{name}", self._page),
            web.get("/api/state", self._state),
            web.get(item, self._item),
            web.get(f"{item}/image.png", self._image),
            web.post(f"{item}/edits", self._edit),
            web.post(f"{item}/resolve", self._resolve),
            web.post("/api/time/{key}", self._time),
            web.post("/api/items", self._add),
            web.post("/api/undo", self._undo),
            web.post("/api/redo", self._undo),
            web.get("/api/events", self._events),
            web.post("/api/training", self._train),
            web.delete("/api/training", self._stop),
            *check.handlers(self),
            *skeletons.handlers(self),
        ]

    # ----- reading

    async def _page(self, request: web.Request) -> web.Response:
        name = request.match_info.get("name", "index.html")
        file = self._files.get(name)
        if file is None:
            raise Refused(404, "no such file of the page")
        kind = TYPES["." + name.rpartition(".")[2]]
        headers = {"Cache-Control": "no-cache"}
        return web.Response(
            body=file.read_bytes(), content_type=kind, charset="utf-8", headers=headers
        )

    async def _state(self, request: web.Request) -> web.Response:
        training = self.trainer.status if self.trainer else IDLE
        more = {"person": self.person, "offers": OFFERS, "training": training}
        return answer(view.state(self.session) | more)

    async def _item(self, request: web.Request) -> web.Response:
        return answer(view.item(self.session, request.match_info["key"]))

    async def _image(self, request: web.Request) -> web.Response:
        key = request.match_info["key"]
        place = self.session.place(key)
        crop = [*place.center, place.heading, place.size]
        keep = "no-store"
        if "v" in request.query:
            # the page names the crop that it means, and keeps what it has seen
            keep = "private, max-age=86400, immutable"
            try:
                meant = [float(value) for value in request.query["v"].split(",")]
            except ValueError:
                meant = []
            if meant != crop:
                raise Refused(409, f"{key}: its crop was cut again; load the frame again")
        async with self._pictures:
            path = self.session.crops_of(place.recording)
            body = await asyncio.to_thread(self._crops.png, path, place)
            if not self.session.is_known(path):
                raise Refused(409, f"{path} was cut again; load the frame again")
        return web.Response(body=body, content_type="image/png", headers={"Cache-Control": keep})

    async def _events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers=HEADERS | {"Cache-Control": "no-store"})
        response.content_type = "text/event-stream"
        await response.prepare(request)
        queue: asyncio.Queue[str] = asyncio.Queue(1000)
        self._listeners.add(queue)
        try:
            await response.write(b": hello\n\n")
            while not self.ending.is_set():
                try:
                    text = await asyncio.wait_for(queue.get(), 1.0)
                    await response.write(f"data: {text}\n\n".encode())
                except TimeoutError:
                    await response.write(b":\n\n")  # finds out that the page has gone
                    self._follow()
        except ConnectionError:
            pass
        finally:
            self._listeners.discard(queue)
        return response

    def _follow(self) -> None:
        """Let the pages show crops that were cut again."""
        self.session.follow()
        if self._moved != self.session.moved:
            self._moved = self.session.moved
            self.tell(type="reload")

    def tell(self, **event: Any) -> None:
        """Tell all open pages."""
        text = json.dumps(event)
        for queue in self._listeners:
            if not queue.full():
                queue.put_nowait(text)

    # ----- writing

    async def _edit(self, request: web.Request) -> web.Response:
        key, body = request.match_info["key"], await self.body(request)
        await self.carry_out(self.session.edit, key, body)
        return self._changed(key, body)

    async def _resolve(self, request: web.Request) -> web.Response:
        key, body = request.match_info["key"], await self.body(request)
        await self.carry_out(self.session.resolve, key, body)
        return self._changed(key, body)

    async def _time(self, request: web.Request) -> web.Response:
        key, body = request.match_info["key"], await self.body(request)
        await self.carry_out(self.session.work, key, body)
        return self._changed(key, body)

    async def _add(self, request: web.Request) -> web.Response:
        body = await self.body(request)
        return self._changed(await self.carry_out(self.session.add, body), body)

    async def _undo(self, request: web.Request) -> web.Response:
        body = await self.body(request)
        direction = request.path.rpartition("/")[2]
        return self._changed(await self.carry_out(self.session.undo, body, direction), body)

    async def body(self, request: web.Request) -> dict[str, Any]:
        """What was sent, a JSON object."""
        try:
            value = await request.json()
            json.dumps(value, ensure_ascii=False).encode()  # halves of characters are no text
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise Refused(400, "expected a JSON object")
        return value

    async def computed(self, function: Callable[[Session], Any]) -> web.Response:
        """What a function of the session gives, computed beside the other requests."""
        async with self._edits:
            value = await asyncio.to_thread(function, self.session)
        return answer(value)

    async def picture(self, function: Callable[[Session], bytes]) -> web.Response:
        """The PNG that a function of the session gives."""
        async with self._pictures:
            body = await asyncio.to_thread(function, self.session)
        headers = {"Cache-Control": "no-store"}
        return web.Response(body=body, content_type="image/png", headers=headers)

    async def carry_out(self, function: Callable, *arguments: Any) -> Any:
        """Do something that writes, after what came before it.

        Raises:
            Refused: it is not done; a conflict is told with the item as it is.
        """
        async with self._edits:
            try:
                result = await asyncio.to_thread(function, *arguments)
            except Refused as refusal:
                if refusal.status == 409 and "conflict" in refusal.answer:
                    key = str(arguments[0])
                    self.session.follow()
                    summary = view.summary(self.session, key)
                    here = summary["here"]
                    refusal.answer["item"] = view.item(self.session, key) if here else None
                    self.tell(type="item", key=key, summary=summary)
                raise
            if self.session.snapshot_due:
                try:
                    await asyncio.to_thread(self.session.snapshot)
                except (UserError, OSError) as error:  # the journal has it all
                    print(f"WARNING: {error}", flush=True)
            return result

    def _changed(self, key: str, body: dict[str, Any]) -> web.Response:
        self.session.follow()
        summary = view.summary(self.session, key)
        item = view.item(self.session, key) if summary["here"] else None
        tab = str(body.get("tab", ""))[:64]
        self.tell(type="item", key=key, summary=summary, by=str(body.get("by", ""))[:60], tab=tab)
        return answer({"key": key, "item": item, "summary": summary})

    async def _train(self, request: web.Request) -> web.Response:
        body = await self.body(request)
        if self.trainer is None:
            raise Refused(409, "training is off here")
        await self.trainer.start(str(body.get("regime", "fast")), str(body.get("by", ""))[:60])
        return answer({"training": self.trainer.status})

    async def _stop(self, request: web.Request) -> web.Response:
        if self.trainer is not None:
            await self.trainer.stop()
        return answer({"training": self.trainer.status if self.trainer else IDLE})

    def training_changed(self, status: dict[str, Any]) -> None:
        """Tell the pages; where a training is done, take over what its network proposes."""
        self.tell(type="training", training=status)
        ended = status["state"] in ("done", "stopped", "failed")
        # one that is stopped in its last moment may have put its estimates there already
        if ended and status.get("model") and status["model"] != self.session.model:
            self._taking_over = asyncio.create_task(self._take_over(status))

    async def _take_over(self, status: dict[str, Any]) -> None:
        facts = (status.get("network") or {}) | {"by": status.get("by", "")}
        try:
            await self.carry_out(self.session.model_trained, facts)
        except Refused as error:  # a full disk: the estimates are there all the same
            print(f"error: {error}", flush=True)
        self.tell(type="estimates", model=self.session.model)

    async def close(self) -> None:
        """End: the pages, a training, and the folder."""
        self.ending.set()
        if self.trainer is not None:
            await self.trainer.close()
        async with self._edits:
            self.session.close()


class _OpenCrops:
    """Crops as PNG; some files stay open."""

    def __init__(self) -> None:
        self._open: dict[Any, tuple[Any, containers.CropReader]] = {}

    def png(self, path: Path, place: Place) -> bytes:
        """The picture at a place.

        Raises:
            Refused: the file holds other crops by now.
        """
        known = path, signature(path)
        if known not in self._open:
            if len(self._open) == OPEN_FILES:
                opened, _ = self._open.pop(next(iter(self._open)))
                opened.__exit__(None, None, None)
            opened = containers.open_crops(path)
            self._open[known] = opened, opened.__enter__()
        reader = self._open[known][1]
        same = place.row < len(reader) and reader.images.shape[1] == place.size
        if not same or abs(float(reader.heading[place.row]) - place.heading) > SAME:
            raise Refused(409, f"{path} was cut again; load the frame again")
        return cv2.imencode(".png", reader.images[place.row])[1].tobytes()


def answer(value: Any) -> web.Response:
    """JSON that no cache keeps."""
    return web.json_response(value, headers={"Cache-Control": "no-store"})


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
