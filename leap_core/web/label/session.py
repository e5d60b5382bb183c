"""The open folder of labels: what the page sees, and every edit on its way to the disk."""

from __future__ import annotations

import json
import re
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from leap_core import skeleton
from leap_core.config import Config
from leap_core.errors import UserError
from leap_core.io import journal
from leap_core.labels import edits, ordering, placing
from leap_core.labels.edits import Point
from leap_core.labels.ordering import Order
from leap_core.labels.placing import Place
from leap_core.skeleton import Skeleton
from leap_core.web.incoming import Refused, edit_id, person
from leap_core.web.label import estimates, incoming
from leap_core.web.label.history import Direction, History

SNAPSHOT_LINES = 300  # edits between two snapshots: what a start has to replay at most
RECALLED_BYTES = 4 << 20  # of the journal's end, for undo and for edits that are sent again


class Session:
    """A folder of labels, open for writing by this process alone.

    Args:
        settings: of the dataset, from whose results the frames come.
        folder: of the labels.
        frames: further frames to label: (recording, frame).

    Attributes:
        order: keys of the items, in the order in which to label them.
        places: key -> crop, or why there is none.

    Raises:
        UserError: no frames to label, damaged or foreign files, another server has them open.
    """

    def __init__(self, settings: Config, config_path: Path, folder: Path, frames=()):
        self.settings, self.config_path, self.folder = settings, config_path, Path(folder)
        self.results = Path("results") / settings.dataset
        path = Path(settings.skeleton)
        # one that is yet to be made, by the page's editor
        self.skeleton = skeleton.read(path) if path.exists() else Skeleton((), name=path.stem)
        self.recordings = settings.recordings
        self.sample = self.results / "sampling" / "frames.h5"
        path = self.folder / edits.JOURNAL
        if self.skeleton.parts and not (self.sample.exists() or path.exists() or frames):
            raise UserError(
                f"{self.sample}: no frames to label yet; make them with "
                f"`snakemake --cores all alignment --configfile {config_path}`"
            )
        self.journal = journal.Journal(path)
        # not before the folder is open: whoever had it may have written until now
        self.labels = edits.read(self.folder)
        self._placing = threading.RLock()
        self._signatures = self._signed()
        order = ordering.arrange(
            self.labels, self.sample, self.recordings, self.crops_of, self.track_of
        )
        self.items, self.places = order.items, order.places
        self.order, self.clusters = order.keys, order.clusters
        self.moved = 0  # how often crops were cut again since
        self._lines = 0
        self._history = History()
        self._recall()
        self.estimates: dict[str, Any] = {}
        self.model = ""
        self.network: dict[str, Any] = {}
        self.load_estimates()
        self._tell_network()
        self.notes = [
            f"{key}: {place}"
            for key, place in self.places.items()
            if isinstance(place, str) and self.items[key].points
        ]
        if not self.journal.locked:
            self.notes.append(
                f"WARNING: {self.folder} lies on a disk without locks: see to it that only one "
                "`leap label` has it open"
            )
        for recording, frame in frames:
            try:
                id = f"start-{recording}-{frame}"
                self.add({"recording": recording, "frame": frame, "id": id})
            except Refused as error:
                self.journal.close()
                raise UserError(f"--frames: {error}") from None
        self.snapshot()

    def crops_of(self, recording: str) -> Path:
        """The file of crops of a recording."""
        return self.results / "crops" / f"{recording}.h5"

    def track_of(self, video: str) -> Path:
        """The file of the track of a video."""
        return self.results / "tracks" / f"{video}.h5"

    def _signed(self) -> dict[Path, tuple[int, int] | None]:
        """What changes when a file of crops or a track is made again."""
        paths = [self.crops_of(name) for name in self.recordings]
        paths += [
            self.track_of(video) for video in {video for video, _ in self.recordings.values()}
        ]
        return {path: signature(path) for path in paths}

    def follow(self) -> None:
        """Show the crops as they are: the workflow may have cut them again meanwhile."""
        with self._placing:  # requests are read while an edit is written
            signed = self._signed()
            if signed != self._signatures:
                self._signatures = signed
                self.places = self._locate(list(self.items.values()))
                self.load_estimates()
                self.moved += 1

    def is_known(self, path: Path) -> bool:
        """Whether a file is still the one along which frames were placed."""
        return signature(path) == self._signatures.get(path)

    def _locate(self, items) -> dict[str, Place | str]:
        return placing.locate(items, self.recordings, self.crops_of, self.track_of)

    def _recall(self) -> None:
        """What the last lines of the journal say of edits that were sent, and can be undone."""
        start = max(0, self.journal.size - RECALLED_BYTES)
        if start:
            with open(self.journal.path, "rb") as file:
                file.seek(start)
                file.readline()
                start = file.tell()
        for line, _ in journal.lines(self.journal.path, start):
            self._history.remember(line)

    def load_estimates(self) -> None:
        """Read what a network has proposed, if anything.

        Raises:
            UserError: the file is damaged.
        """
        found = estimates.read(self.folder)
        if found is None:
            return
        centers, reach = found.get("centers", {}), placing.REACH_OF_SEVERAL
        proposed = dict(found["items"])
        for key in centers.keys() & proposed.keys():
            place = self.places.get(key)
            if isinstance(place, Place):
                away = np.hypot(*(np.array(centers[key]) - place.center))
                if away > reach * place.size:  # of what the crop showed then, not now
                    del proposed[key]
        self.estimates, self.model = proposed, found["model"]
        self.network = found.get("network") or {}

    def place(self, key: str) -> Place:
        """The crop of an item.

        Raises:
            Refused: no such item, or it has none now.
        """
        if key not in self.items:
            raise Refused(404, f"no frame {key[:80]!r} here; reload the page")
        self.follow()
        place = self.places[key]
        if isinstance(place, str):
            raise Refused(404, f"{key}: {place}")
        return place

    def _last_place(self, key: str) -> Place:
        """The crop of an item, or, where it has none now, that of its last edit."""
        item = self.items.get(key)
        if item is None or not (item.size or isinstance(self.places[key], Place)):
            return self.place(key)
        place = self.places[key]
        if isinstance(place, Place):
            return place
        return Place("", item.animal, -1, item.center, item.heading, item.size)

    # ----- edits

    def edit(self, key: str, body: dict[str, Any]) -> bool:
        """Carry out an edit, once.

        Returns:
            Whether anything was done: False for one that was here before.

        Raises:
            Refused: bad input, an old revision (kept as a conflict), or a disk that refuses.
        """
        id = edit_id(body)
        if id in self._history.seen:
            waits = key in self.items and any(c["id"] == id for c in self.items[key].conflicts)
            if not waits:
                return False
            raise Refused(409, f"{key} was changed meanwhile", conflict=id)
        place = self._made_on(key, body)
        item = self.items[key]
        points = self._points(body.get("points") or {}, key, place, body)
        done = bool(body.get("done", item.done)) or bool(body.get("accept"))
        if body.get("accept"):
            if body.get("model", self.model) != self.model:
                raise Refused(409, f"{key}: another network has proposed other poses; look again")
            points |= self._accepted(key, points, place, body)
        if body.get("revision") == item.revision:
            self._edit(key, points, done, body, place)
            return True
        self._write(self._head("conflict", key, body, place) | {"points": points, "done": done})
        raise Refused(409, f"{key} was changed meanwhile", conflict=id)

    def _made_on(self, key: str, body: dict[str, Any]) -> Place:
        """The crop on which an edit was made: it may have waited while crops were cut again.

        Raises:
            Refused: it tells none, and none is there; or it is no crop, or of no recording.
        """
        shown = body.get("crop")
        if shown is None:
            return self.place(key)
        x, y, heading, size = incoming.crop(key, shown)
        if key not in self.items:  # sampled when the page was opened, and not any more
            match = re.fullmatch(r"(.+)\.(\d+)\.(\d+)b*", key)
            if match is None or (match[1], int(match[3])) not in self.recordings.values():
                raise Refused(404, f"no frame {key[:80]!r} here; reload the page")
            item = ordering.unseen(match[1], int(match[3]), int(match[2]))
            item.key = key
            with self._placing:
                self.places |= self._locate([item])
                self.items[key] = item
                self.order.append(key)
        place = self.places[key]
        animal = place.animal if isinstance(place, Place) else self.items[key].animal
        return Place("", animal, -1, (x, y), heading, size)

    def _edit(
        self, key: str, points: dict, done: bool, body: dict, place: Place, **more: Any
    ) -> None:
        item = self.items[key]
        now = {part: asdict(p) for part, p in item.points.items()}
        self._write(
            self._head("edit", key, body, place)
            | {
                "revision": item.revision + 1,
                "points": points,
                "before": {part: now.get(part) for part in points},
                "done": done,
                "was_done": item.done,
                "seconds": incoming.seconds(body),
            }
            | more
        )

    def undo(self, body: dict[str, Any], direction: Direction = "undo") -> str:
        """Take back a person's last edit, or with ``redo`` make it again; returns its key.

        Raises:
            Refused: there is none, or the frame was changed since.
        """
        id = edit_id(body)
        if id in self._history.seen:
            return self._history.seen[id]
        steps = self._history.of(person(body), direction)
        if not steps:
            raise Refused(404, f"nothing to {direction}")
        step = steps[-1]
        there, to, done = step.towards(direction)
        now = {part: asdict(p) for part, p in self.items[step.key].points.items()}
        if any(now.get(part) != point for part, point in there.items()):
            steps.pop()
            who = next((now[p]["by"] for p in there if now.get(p)), "") or "somebody"
            raise Refused(409, f"{step.key} was changed since by {who}, so there is no {direction}")
        done = self.items[step.key].done if done is None else done
        body = {"how": direction} | body
        self._edit(step.key, to, done, body, self._last_place(step.key), **{direction: True})
        return step.key

    def resolve(self, key: str, body: dict[str, Any]) -> None:
        """Choose between an edit of an old revision and what stands there."""
        place = self._last_place(key)
        if edit_id(body) in self._history.seen:
            return
        item = self.items[key]
        found = [c for c in item.conflicts if c["id"] == body.get("conflict")]
        if not found or body.get("keep") not in ("mine", "theirs"):
            raise Refused(400, f"{key}: there is no such conflict; reload the page")
        chosen = found[0]
        if body["keep"] == "mine":
            more = {"conflict": chosen["id"]}
            body = body | {"how": "conflict"}
            self._edit(key, chosen["points"], bool(chosen["done"]), body, place, **more)
        else:
            self._write(self._head("resolve", key, body, place) | {"conflict": chosen["id"]})

    def work(self, key: str, body: dict[str, Any]) -> None:
        """Count seconds of work without an edit."""
        place, seconds = self._last_place(key), incoming.seconds(body)
        if edit_id(body) not in self._history.seen and seconds:
            self._write(self._head("time", key, body, place) | {"seconds": seconds})

    def add(self, body: dict[str, Any]) -> str:
        """One more frame to label; returns its key, also where it was there before."""
        recording, frame = body.get("recording"), body.get("frame")
        named = {name: name for name in self.recordings} | {
            place: name for name, place in self.recordings.items()
        }
        asked = recording or (body.get("video"), body.get("animal", 0))
        name = named.get(asked) if isinstance(asked, str | tuple) else None
        if name is None or not isinstance(frame, int) or frame < 0:
            known = ", ".join(self.recordings)
            raise Refused(400, f"no frame {frame} of {asked!r:.60}; recordings: {known}")
        self.follow()
        item = ordering.unseen(*self.recordings[name], frame)
        place = self._locate([item])[item.key]
        if isinstance(place, str):
            raise Refused(400, f"{item.key}: {place}")
        shown = ordering.in_crops(Order(self.items, self.places, self.order, self.clusters))
        key = shown.get((item.video, frame, item.animal))
        if key is None:
            # the plain name may have gone with another animal's labels
            key = item.key = ordering.free_key(item.key, self.items)
            with self._placing:
                self.items[key], self.places[key] = item, place
                self.order.append(key)
        if key not in self.labels.items:
            self._write(self._head("add", key, body, place))
        return key

    def rename(self, parts: dict[str, str], body: dict[str, Any]) -> None:
        """Parts of the skeleton have new names: labels go with them."""
        self._write({"op": "rename", "parts": parts} | incoming.who(body))

    def model_trained(self, facts: dict[str, Any]) -> None:
        """Take over what a new network proposes; the journal tells which, and who has asked for it.

        Raises:
            UserError: its estimates are damaged.
            Refused: a disk that refuses.
        """
        self.load_estimates()
        self._write({"op": "model"} | facts | incoming.who(facts))

    def _tell_network(self) -> None:
        """A server that was killed may not have told of the network whose estimates lie there."""
        name = self.network.get("model")
        wanted = f'"model":{json.dumps(name)}'.encode()
        with open(self.journal.path, "rb") as file:
            told = any(b'"op":"model"' in line and wanted in line for line in file)
        if name and not told:
            self._write({"op": "model"} | self.network | incoming.who({}))

    def _points(self, points: Any, key: str, place: Place, body) -> dict[str, Any]:
        """Points of the page, px of the crop, as points of the video; clamped to the crop."""
        made: dict[str, Any] = {}
        by, how = person(body), incoming.action(body)
        for part, point in incoming.points(key, points, self.skeleton.parts, place.size).items():
            if point is None:
                made[part] = None
                continue
            at, state = point
            x = y = None
            if at is not None:
                x, y = (round(float(v), 6) for v in place.to_video([at])[0])
            model = self.model if part in self.estimates.get(key, {}) else ""
            made[part] = asdict(Point(x, y, state, by, how, model))
        return made

    def _accepted(self, key: str, given: dict[str, Any], place: Place, body) -> dict[str, Any]:
        """Estimates of parts that nobody has labeled become labels; nothing else does."""
        taken = self.items[key].points.keys() | given.keys()
        taken |= {part for part in self.estimates.get(key, {}) if not self.seen(key, part, place)}
        return {
            part: asdict(Point(x, y, "placed", person(body), "accepted", self.model))
            for part, (x, y, _) in self.estimates.get(key, {}).items()
            if part in self.skeleton.parts and part not in taken
        }

    def seen(self, key: str, part: str, place: Place) -> bool:
        """Whether an estimate lies on a crop."""
        x, y = place.to_crop([self.estimates[key][part][:2]])[0]
        return -0.5 <= x <= place.size - 0.5 and -0.5 <= y <= place.size - 0.5

    def _head(self, operation: str, key: str, body: dict[str, Any], place: Place) -> dict[str, Any]:
        item = self.items[key]
        return (
            {"op": operation, "key": key}
            | {"video": item.video, "frame": item.frame, "animal": item.animal}
            | {"how": incoming.action(body)}
            | _crop(place)
            | incoming.who(body)
        )

    def _write(self, line: dict[str, Any]) -> None:
        """Put a line on the disk, then carry it out."""
        try:
            self.journal.append(line)
        except OSError as error:
            why = f"{self.journal.path}: cannot be written ({error.strerror})"
            raise Refused(507, why) from error
        self.labels.apply(line)
        if key := line.get("key"):
            self.items[key] = self.labels.items[key]
        self._history.remember(line)
        self._lines += 1

    # ----- the disk

    @property
    def snapshot_due(self) -> bool:
        """Whether a start would have to replay many lines."""
        return self._lines >= SNAPSHOT_LINES

    def snapshot(self) -> None:
        """Write what all edits amount to beside the journal."""
        journal.write_snapshot(
            self.folder / edits.SNAPSHOT, self.labels.to_json(), self.journal.size
        )
        self._lines = 0

    def close(self) -> None:
        """Write a last snapshot and let others open the folder."""
        try:
            if self._lines:
                self.snapshot()
        finally:
            self.journal.close()


def _crop(place: Place) -> dict[str, Any]:
    return {"crop": [*place.center, place.heading, place.size]}


def signature(path: Path) -> tuple[int, int] | None:
    """Changes when a file is made again; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns
