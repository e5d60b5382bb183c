"""What the page asks for, and what it sends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import cv2
from aiohttp import web

from leap_core import containers
from leap_core.errors import UserError
from leap_core.labels.placing import SAME, Place
from leap_core.web import pages
from leap_core.web.answers import Events, answer
from leap_core.web.incoming import Refused, json_object
from leap_core.web.label import check, skeletons, view
from leap_core.web.label.session import Session

OFFERS = (10, 50, 100, 250, 500, 1000)  # labeled frames at which a training is offered (paper)
IDLE = {"state": "idle"}


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
        self._crops = containers.CropReaders()
        self._moved = 0
        self._events = Events(self._follow)
        self.tell = self._events.tell

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        item = "/api/items/{key}"
        return [
            *pages.routes("leap_core.web.label"),
            web.get("/api/state", self._state),
            web.get(item, self._item),
            web.get(f"{item}/image.png", self._image),
            web.post(f"{item}/edits", self._edit),
            web.post(f"{item}/resolve", self._resolve),
            web.post("/api/time/{key}", self._time),
            web.post("/api/items", self._add),
            web.post("/api/undo", self._undo),
            web.post("/api/redo", self._undo),
            web.get("/api/events", self._events.listen),
            web.post("/api/training", self._train),
            web.delete("/api/training", self._stop),
            *check.handlers(self),
            *skeletons.handlers(self),
        ]

    # ----- reading

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
            body = await asyncio.to_thread(_png, self._crops, path, place)
            if not self.session.is_known(path):
                raise Refused(409, f"{path} was cut again; load the frame again")
        return web.Response(body=body, content_type="image/png", headers={"Cache-Control": keep})

    def _follow(self) -> None:
        """Let the pages show crops that were cut again."""
        self.session.follow()
        if self._moved != self.session.moved:
            self._moved = self.session.moved
            self.tell(type="reload")

    # ----- writing

    async def _edit(self, request: web.Request) -> web.Response:
        key, body = request.match_info["key"], await json_object(request)
        await self.carry_out(self.session.edit, key, body)
        return self._changed(key, body)

    async def _resolve(self, request: web.Request) -> web.Response:
        key, body = request.match_info["key"], await json_object(request)
        await self.carry_out(self.session.resolve, key, body)
        return self._changed(key, body)

    async def _time(self, request: web.Request) -> web.Response:
        key, body = request.match_info["key"], await json_object(request)
        await self.carry_out(self.session.work, key, body)
        return self._changed(key, body)

    async def _add(self, request: web.Request) -> web.Response:
        body = await json_object(request)
        return self._changed(await self.carry_out(self.session.add, body), body)

    async def _undo(self, request: web.Request) -> web.Response:
        body = await json_object(request)
        direction = request.path.rpartition("/")[2]
        return self._changed(await self.carry_out(self.session.undo, body, direction), body)

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
        body = await json_object(request)
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
        self._events.end()
        if self.trainer is not None:
            await self.trainer.close()
        async with self._edits:
            self.session.close()


def _png(crops: containers.CropReaders, path: Path, place: Place) -> bytes:
    """The picture at a place.

    Raises:
        Refused: the file holds other crops by now.
    """
    with crops.of(path) as reader:
        same = place.row < len(reader) and reader.images.shape[1] == place.size
        if not same or abs(float(reader.heading[place.row]) - place.heading) > SAME:
            raise Refused(409, f"{path} was cut again; load the frame again")
        return cv2.imencode(".png", reader.images[place.row])[1].tobytes()
