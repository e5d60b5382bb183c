"""The open folder of labels: what the page sees, and every edit on its way to the disk."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from leap_core import skeleton
from leap_core.config import Config
from leap_core.containers import labels as labeled
from leap_core.errors import UserError
from leap_core.io import journal
from leap_core.labels import edits, placing
from leap_core.labels.edits import Item, Point
from leap_core.labels.placing import Place
from leap_core.skeleton import Skeleton
from leap_core.web.label import estimates
from leap_core.web.label.history import Direction, History

SNAPSHOT_LINES = 300  # edits between two snapshots: what a start has to replay at most
RECALLED_BYTES = 4 << 20  # of the journal's end, for undo and for edits that are sent again
LONGEST_ID = 64


class Refused(Exception):
    """An edit that is not carried out: HTTP status, what to say, and what the page should know."""

    def __init__(self, status: int, error: str, **more: Any):
        super().__init__(error)
        self.status, self.answer = status, {"error": error, **more}


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
        self.recordings = {
            name: (video.id, animal)
            for video in settings.videos
            for animal, name in enumerate(video.recordings)
        }
        self.labels = edits.read(self.folder)
        sample = self._sample()
        if self.skeleton.parts and not (sample or self.labels.items or frames):
            raise UserError(
                f"{self.results}/sampling/frames.h5: no frames to label yet; make them with "
                f"`snakemake --cores all alignment --configfile {config_path}`"
            )
        self.journal = journal.Journal(self.folder / edits.JOURNAL)
        self.clusters: dict[str, int] = {}
        self.items: dict[str, Item] = dict(self.labels.items)
        self._arrange(sample)
        self._lines = 0
        self._history = History()
        self._recall()
        self.estimates: dict[str, Any] = {}
        self.model = ""
        self.load_estimates()
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
            self.add({"recording": recording, "frame": frame, "id": f"start-{recording}-{frame}"})
        self.snapshot()

    def crops_of(self, recording: str) -> Path:
        """The file of crops of a recording."""
        return self.results / "crops" / f"{recording}.h5"

    def track_of(self, video: str) -> Path:
        """The file of the track of a video."""
        return self.results / "tracks" / f"{video}.h5"

    def _sample(self) -> list[tuple[Item, int]]:
        """The sampled frames, as items that nobody has seen yet, and their clusters."""
        path = self.results / "sampling" / "frames.h5"
        if not path.exists():
            return []
        found = []
        for recording, frame, cluster in zip(*labeled.sampled(path), strict=True):
            if recording in self.recordings:
                found.append((_unseen(*self.recordings[recording], frame), cluster))
        return found

    def _arrange(self, sample: list[tuple[Item, int]]) -> None:
        """Frames that are no longer sampled come first, then the others as they are sampled."""
        known = self._locate(self.labels.items.values())
        shown = {_shown(self.items[k], p): k for k, p in known.items() if isinstance(p, Place)}
        sampled: list[str] = []
        new: list[Item] = []
        for item, cluster in sample:
            key = shown.get((item.video, item.frame, item.animal), item.key)
            if key not in known:
                new.append(item)
                self.items[key] = item
            sampled.append(key)
            self.clusters[key] = cluster
        self.places = known | self._locate(new)
        chosen = set(sampled)
        self.order = [key for key in known if key not in chosen] + list(dict.fromkeys(sampled))

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
        if found := estimates.read(self.folder):
            self.estimates, self.model = found["items"], found["model"]

    def place(self, key: str) -> Place:
        """The crop of an item.

        Raises:
            Refused: no such item, or it has none now.
        """
        if key not in self.items:
            raise Refused(404, f"no frame {key[:80]!r} here; reload the page")
        place = self.places[key]
        if isinstance(place, str):
            raise Refused(404, f"{key}: {place}")
        return place

    # ----- edits

    def edit(self, key: str, body: dict[str, Any]) -> bool:
        """Carry out an edit, once.

        Returns:
            Whether anything was done: False for one that was here before.

        Raises:
            Refused: bad input, an old revision (kept as a conflict), or a disk that refuses.
        """
        place, id = _made_on(self.place(key), key, body), _id(body)
        item = self.items[key]
        if id in self._history.seen and all(c["id"] != id for c in item.conflicts):
            return False
        if id not in self._history.seen:
            points = self._points(body.get("points") or {}, key, place, body)
            done = bool(body.get("done", item.done)) or bool(body.get("accept"))
            if body.get("accept"):
                points |= self._accepted(key, points, body)
            if body.get("revision") == item.revision:
                self._edit(key, points, done, body, **_crop(place))
                return True
            line = self._head("conflict", key, body) | {"points": points, "done": done}
            self._write(line | _crop(place))
        raise Refused(409, f"{key} was changed meanwhile", conflict=id)

    def _edit(self, key: str, points: dict, done: bool, body: dict, **more: Any) -> None:
        item = self.items[key]
        now = {part: asdict(p) for part, p in item.points.items()}
        self._write(
            self._head("edit", key, body)
            | {
                "revision": item.revision + 1,
                "points": points,
                "before": {part: now.get(part) for part in points},
                "done": done,
                "was_done": item.done,
                "seconds": _seconds(body),
            }
            | more
        )

    def undo(self, body: dict[str, Any], direction: Direction = "undo") -> str:
        """Take back a person's last edit, or with ``redo`` make it again; returns its key.

        Raises:
            Refused: there is none, or the frame was changed since.
        """
        id = _id(body)
        if id in self._history.seen:
            return self._history.seen[id]
        steps = self._history.of(_person(body), direction)
        if not steps:
            raise Refused(404, f"nothing to {direction}")
        step = steps[-1]
        there, to, done = step.towards(direction)
        now = {part: asdict(p) for part, p in self.items[step.key].points.items()}
        if isinstance(self.places[step.key], str):
            steps.pop()
            raise Refused(409, f"{step.key} has no crop now, so there is no {direction}")
        if any(now.get(part) != point for part, point in there.items()):
            steps.pop()
            who = next((now[p]["by"] for p in there if now.get(p)), "") or "somebody"
            raise Refused(409, f"{step.key} was changed since by {who}, so there is no {direction}")
        self._edit(step.key, to, done, {"how": direction} | body, **{direction: True})
        return step.key

    def resolve(self, key: str, body: dict[str, Any]) -> None:
        """Choose between an edit of an old revision and what stands there."""
        self.place(key)
        if _id(body) in self._history.seen:
            return
        item = self.items[key]
        found = [c for c in item.conflicts if c["id"] == body.get("conflict")]
        if not found or body.get("keep") not in ("mine", "theirs"):
            raise Refused(400, f"{key}: there is no such conflict; reload the page")
        chosen = found[0]
        if body["keep"] == "mine":
            more = {"conflict": chosen["id"]}
            body = body | {"how": "conflict"}
            self._edit(key, chosen["points"], bool(chosen["done"]), body, **more)
        else:
            self._write(self._head("resolve", key, body) | {"conflict": chosen["id"]})

    def work(self, key: str, body: dict[str, Any]) -> None:
        """Count seconds of work without an edit."""
        self.place(key)
        seconds = _seconds(body)
        if _id(body) not in self._history.seen and seconds:
            self._write(self._head("time", key, body) | {"seconds": seconds})

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
        item = _unseen(*self.recordings[name], frame)
        place = self._locate([item])[item.key]
        if isinstance(place, str):
            raise Refused(400, f"{item.key}: {place}")
        shown = {
            _shown(self.items[k], p): k for k, p in self.places.items() if isinstance(p, Place)
        }
        key = shown.get((item.video, frame, item.animal))
        if key is None:
            key = item.key
            self.items[key], self.places[key] = item, place
            self.order.append(key)
        if key not in self.labels.items:
            self._write(self._head("add", key, body))
        return key

    def rename(self, parts: dict[str, str], body: dict[str, Any]) -> None:
        """Parts of the skeleton have new names: labels go with them."""
        self._write({"op": "rename", "parts": parts} | _who(body))

    def model_trained(self, facts: dict[str, Any]) -> None:
        """Take over what a new network proposes; the journal tells which, and who has asked for it.

        Raises:
            UserError: its estimates are damaged.
            Refused: a disk that refuses.
        """
        self.load_estimates()
        self._write({"op": "model"} | facts | _who(facts))

    def _points(self, points: Any, key: str, place: Place, body) -> dict[str, Any]:
        """Points of the page, px of the crop, as points of the video; clamped to the crop."""
        if not isinstance(points, dict):
            raise Refused(400, f"{key}: points are given by part")
        made: dict[str, Any] = {}
        how = str(body.get("how", ""))[:20]
        for part, point in points.items():
            if part not in self.skeleton.parts:
                raise Refused(400, f"{key}: no part {part[:40]!r} in the skeleton; reload the page")
            if point is None:
                made[part] = None
                continue
            state = point.get("state", "placed") if isinstance(point, dict) else None
            if state not in edits.STATES:
                raise Refused(400, f"{key}: {part} has no state of {', '.join(edits.STATES)}")
            model = self.model if part in self.estimates.get(key, {}) else ""
            x = y = None
            if state != "absent":
                try:
                    at = np.array([float(point["x"]), float(point["y"])])
                except (KeyError, TypeError, ValueError):
                    at = np.array([np.nan])
                if not np.isfinite(at).all():
                    raise Refused(400, f"{key}: {part} has no place")
                at = np.clip(at, -0.5, place.size - 0.5)
                x, y = (round(float(v), 6) for v in place.to_video([at])[0])
            made[part] = asdict(Point(x, y, state, _person(body), how, model))
        return made

    def _accepted(self, key: str, given: dict[str, Any], body) -> dict[str, Any]:
        """Estimates of parts that nobody has labeled become labels; nothing else does."""
        taken = self.items[key].points.keys() | given.keys()
        return {
            part: asdict(Point(x, y, "placed", _person(body), "accepted", self.model))
            for part, (x, y, _) in self.estimates.get(key, {}).items()
            if part in self.skeleton.parts and part not in taken
        }

    def _head(self, operation: str, key: str, body: dict[str, Any]) -> dict[str, Any]:
        item, place = self.items[key], self.places[key]
        assert isinstance(place, Place)
        return (
            {"op": operation, "key": key}
            | {"video": item.video, "frame": item.frame, "animal": item.animal}
            | {"how": str(body.get("how", ""))[:20]}
            | _crop(place)
            | _who(body)
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
        if self._lines:
            self.snapshot()
        self.journal.close()


def _crop(place: Place) -> dict[str, Any]:
    return {"crop": [*place.center, place.heading, place.size]}


def _made_on(place: Place, key: str, body: dict[str, Any]) -> Place:
    """The crop that the page has shown: an edit may have waited while crops were cut again.

    Raises:
        Refused: it is none.
    """
    shown = body.get("crop")
    if shown is None:
        return place
    try:
        x, y, heading = (float(value) for value in shown[:3])
        (size,) = shown[3:]
        if not np.isfinite([x, y, heading]).all() or not isinstance(size, int) or size < 1:
            raise ValueError
    except (TypeError, ValueError):
        raise Refused(400, f"{key}: an edit of a crop that is none; reload the page") from None
    return replace(place, center=(x, y), heading=heading, size=size)


def _shown(item: Item, place: Place) -> tuple[str, int, int]:
    return item.video, item.frame, place.animal


def _unseen(video: str, animal: int, frame: int) -> Item:
    """An item that nobody has opened: it is where its animal's crop is."""
    nowhere = (float("nan"), float("nan"))
    return Item(edits.key_of(video, frame, animal), video, frame, animal, nowhere, float("nan"), 0)


def _id(body: dict[str, Any]) -> str:
    id = body.get("id")
    if not isinstance(id, str) or not 0 < len(id) <= LONGEST_ID:
        raise Refused(400, "an edit without an id; reload the page")
    return id


def _person(body: dict[str, Any]) -> str:
    return str(body.get("by") or "")[:60]


def _seconds(body: dict[str, Any]) -> float:
    seconds = body.get("seconds") or 0.0
    if not isinstance(seconds, int | float) or not 0 <= seconds < 1e6:
        raise Refused(400, "seconds of work that are no number")
    return round(float(seconds), 2)


def _who(body: dict[str, Any]) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return {"id": str(body.get("id", "")), "by": _person(body), "time": now}
