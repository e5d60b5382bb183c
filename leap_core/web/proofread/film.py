"""One video on the page: its track as found, what a person has mended, and its frames."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import numpy as np

from leap_core.containers import Track
from leap_core.errors import UserError
from leap_core.io.frame_cache import Cache
from leap_core.io.pixels import Depth
from leap_core.io.seeking import Closed, Frames
from leap_core.preprocess import corrections
from leap_core.preprocess.corrections import Correction
from leap_core.preprocess.plausibility import Doubt
from leap_core.web import shared_file
from leap_core.web.incoming import Refused, edit_id
from leap_core.web.proofread import queue, table
from leap_core.web.proofread.accepted import Accepted
from leap_core.web.proofread.facts import Change, Places, changed, facts_of
from leap_core.web.proofread.table import Table

_REMEMBERED = 1000  # edits that may be sent again


class Film:
    """A video and its track, mended line by line; all of it may be called by any thread.

    Raises:
        UserError: the track is not there, or damaged.
    """

    def __init__(self, id: str, places: Places, crop_size: int, bits: int | None, cache: Cache):
        self.id, self.places, self.crop_size, self.bits = id, places, crop_size, bits
        self.lock = threading.RLock()
        self._cache, self._opening = cache, threading.Lock()
        self._judging = threading.Lock()
        self._frames: Frames | None = None
        self._signature = shared_file.signature(places.track)
        self.facts = facts_of(places.track)
        self.table = Table(places.corrections, self.facts.animals, self.facts.frames)
        self.accepted = Accepted(places.corrections, self.facts.frames)
        self._found: Track | None = None  # as found
        self._now: tuple[str, Track] | None = None  # as mended by the lines of a version
        self._moments: tuple[Any, list[Doubt]] | None = None
        self._body: tuple[float, float] | None = None
        self._done: OrderedDict[str, Change] = OrderedDict()

    # ----- the track

    def follow(self) -> bool:
        """Take over what others have written: lines, or a track that was made again."""
        with self.lock:
            made = shared_file.signature(self.places.track)
            if made is not None and made != self._signature:
                self.facts, self._signature = facts_of(self.places.track), made
                self.table = Table(self.table.path, self.facts.animals, self.facts.frames)
                self.accepted = Accepted(self.table.path, self.facts.frames)
                self._found = self._now = self._moments = self._body = None
                return True
            return self.table.follow()

    @property
    def seen(self) -> Any:
        """Changes when somebody else has written the corrections or the track."""
        return shared_file.signature(self.table.path), shared_file.signature(self.places.track)

    @property
    def version(self) -> tuple[Any, str]:
        """Of the track as it is mended now."""
        return self._signature, self.table.version

    def track(self) -> Track:
        """The track as it is mended now.

        Raises:
            UserError: it is damaged.
        """
        with self.lock:
            self.follow()
            return self._mended()

    def _mended(self) -> Track:
        """The track by the lines that were read last."""
        if self._now is None or self._now[0] != self.table.version:
            try:
                track = corrections.apply(self._as_found(), self.table.items)
            except UserError as error:  # lines that somebody has written by hand
                self.table.problem = str(error)
                return self._now[1] if self._now else self._as_found()
            self._now = self.table.version, track
        return self._now[1]

    def _as_found(self) -> Track:
        if self._found is None:
            self._found = Track.read(self.places.track)
        return self._found

    def body(self) -> tuple[float, float]:
        """Typical length and width of the animals as found, px."""
        with self.lock:
            self.follow()
            if self._body is None:
                self._body = queue.body(self._as_found())
            return self._body

    def moments(self) -> list[Doubt]:
        """What to look at, most doubtful first."""
        with self._judging:  # who asks at the same time waits for the same answer
            with self.lock:
                track, version = self.track(), self.version
                if self._moments is not None and self._moments[0] == version:
                    return self._moments[1]
            found = queue.moments(track, crop_size=self.crop_size)
            with self.lock:
                self._moments = version, found
            return found

    def left(self) -> int | None:
        """How many moments nobody has accepted; None = they are not known yet."""
        with self.lock:
            self.accepted.follow()
            if self._moments is None:
                return None
            found = self._moments[1]
            return len(found) - sum(self.accepted.covered(found, self.table.items))

    def release(self) -> None:
        """Let go of what takes memory."""
        with self.lock:
            self._found = self._now = None
        with self._opening:
            if self._frames is not None:
                self._frames.close()
                self._frames = None

    # ----- frames

    def frame(self, number: int) -> np.ndarray | None:
        """A frame as the pipeline sees it: (y, x) uint8; None where it cannot be decoded.

        Raises:
            Refused: there is no such frame, or no such file.
            UserError: the file cannot be decoded, or is not that of the track.
        """
        if not 0 <= number < self.facts.frames:
            raise Refused(404, f"{self.id}: no frame {number}")
        if self.places.video is None:
            raise Refused(404, f"{self.id}: its video is not on this disk")
        frames = self._opened(self.places.video)
        if len(frames.info) != self.facts.frames:
            raise UserError(
                f"{self.places.video}: the video has {len(frames.info)} frames, its track "
                f"{self.facts.frames}; track it again"
            )
        try:
            return frames.read(number)
        except Closed:  # other videos were looked at meanwhile, or the server ends
            raise Refused(503, f"{self.id}: its video was closed; ask again") from None

    def open(self) -> None:
        """List the packets of a long video before its first frame is asked for."""
        if self.places.video is not None:
            with suppress(UserError):  # whoever asks for a frame is told
                self._opened(self.places.video)

    def _opened(self, path: Path) -> Frames:
        with self._opening:
            if self._frames is None:
                self._frames = self._reader(path)
            return self._frames

    def _reader(self, path: Path) -> Frames:
        """The frames of the video; what is known of it need not be found out again."""
        known: dict[str, Any] = {}
        with suppress(OSError, ValueError):
            known = json.loads(self.places.audit.read_text(encoding="utf-8"))
        bits = known.get("bits") if self.bits is None else self.bits
        return Frames(path, Depth(bits), self._cache, sound=not known.get("unreadable"))

    # ----- lines

    def add(self, body: dict[str, Any]) -> Change:
        """Add a line at the end of the table; returns the frames that it changes, both included.

        Raises:
            Refused: the page has not seen all lines, or the disk refuses.
            UserError: it is no line, or cannot be carried out.
        """
        with self.lock:
            if (id := edit_id(body)) in self._done:
                return self._done[id]
            self.follow()
            item = table.sent(body, self.facts.animals, self.facts.frames)
            items = self.table.items
            if items and body.get("count") == len(items) - 1 and _same(items[-1], item):
                # the server was killed between the write and its answer
                return self._remember(id, (item.first, item.stop - 1))
            self._check(body)
            change = self._write(self.table.inserted(len(items), item), [*items, item], item)
            self.table.redo.clear()
            return self._remember(id, change)

    def undo(self, body: dict[str, Any], direction: Literal["undo", "redo"]) -> Change:
        """Take the last line back, or make again what was taken back or removed last."""
        with self.lock:
            if (id := edit_id(body)) in self._done:
                return self._done[id]
            self.follow()
            self._check(body)
            if direction == "undo":
                if not self.table.items:
                    raise Refused(404, "nothing to undo")
                return self._remember(id, self._remove(len(self.table.items) - 1))
            if not self.table.redo:
                raise Refused(404, "nothing to redo")
            place, item = self.table.redo[-1]
            items = self.table.items[:place] + [item] + self.table.items[place:]
            change = self._write(self.table.inserted(place, item), items, item)
            self.table.redo.pop()
            return self._remember(id, change)

    def remove(self, number: int, body: dict[str, Any]) -> Change:
        """Take any line back."""
        with self.lock:
            self.follow()
            self._check(body)
            if not 0 <= number < len(self.table.items):
                raise Refused(404, f"no line {number}")
            return self._remove(number)

    def accept(self, body: dict[str, Any]) -> bool:
        """Accept a moment, or ask for it again; returns whether it is accepted now.

        Raises:
            Refused: there is no such moment, or the disk refuses.
            UserError: the file of accepted moments was damaged by hand.
        """
        edit_id(body)
        moment = queue.named(self.moments(), body.get("moment"))
        with self.lock:
            lines = self.table.items
            if body.get("accepted", True):
                self.accepted.add(moment, lines, str(body.get("reason") or ""))
            else:
                self.accepted.remove(moment, lines)
            return self.accepted.covered([moment], lines)[0]

    def _remove(self, number: int) -> Change:
        item = self.table.items[number]
        items = self.table.items[:number] + self.table.items[number + 1 :]
        change = self._write(self.table.removed(number), items, item)
        self.table.redo.append((number, item))
        return change

    def _check(self, body: dict[str, Any]) -> None:
        """Refuse what was done without having seen all lines."""
        if self.table.problem:
            raise self.conflict(self.table.problem)
        known = body.get("count") == len(self.table.items)
        if not known or body.get("version", self.table.version) != self.table.version:
            raise self.conflict(f"{self.id}: its corrections were changed meanwhile; look again")

    def conflict(self, why: str) -> Refused:
        """A refusal with the lines as they are."""
        return Refused(409, why, **self.lines())

    def _write(self, text: str, items: list[Correction], item: Correction) -> Change:
        # what others write from here on is no part of the text: it makes the write fail
        before, after = self._mended(), corrections.apply(self._as_found(), items)
        try:
            self.table.write(text, items)
        except Refused as refusal:
            if refusal.status == 409:
                self.follow()
                raise self.conflict(str(refusal)) from None
            raise
        self._now = self.table.version, after
        return changed(before, after) or (item.first, item.stop - 1)

    def _remember(self, id: str, change: Change) -> Change:
        self._done[id] = change
        while len(self._done) > _REMEMBERED:
            self._done.popitem(last=False)
        return change

    def lines(self) -> dict[str, Any]:
        """The lines as the page knows them."""
        with self.lock:
            found = [
                table.line(k, item, self.facts.frames) for k, item in enumerate(self.table.items)
            ]
            return {
                "lines": found,
                "redo": len(self.table.redo),
                "version": self.table.version,
                "problem": self.table.problem,
            }


def _same(one: Correction, two: Correction) -> bool:
    return table.line(0, one, 0) == table.line(0, two, 0)
