"""Labels as people make them in the browser: what the journal's lines amount to.

A folder of labels holds ``journal.jsonl``, a line an edit, and ``labels.json``, a snapshot of it
(:mod:`leap_core.io.journal`).  Points are in pixels of the *video*, so that a corrected track or
crops of another size leave each where it was put.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from leap_core.errors import UserError
from leap_core.io import journal

JOURNAL, SNAPSHOT, ESTIMATES = "journal.jsonl", "labels.json", "estimates.json"
STATES = ("placed", "occluded", "absent")
FORMAT = "leap-browser-labels/1"


@dataclass(frozen=True)
class Point:
    """One part of one animal in one frame, as a person says.

    Attributes:
        x, y: px of the video; None where the part is absent.
        state: one of :data:`STATES`: seen, covered but placed, not there.
        by: who.
        how: by what action, such as ``place``, ``drag``, ``copy`` or ``accepted`` (an estimate).
        model: the network whose estimate was shown; empty without.
    """

    x: float | None
    y: float | None
    state: str = "placed"
    by: str = ""
    how: str = ""
    model: str = ""

    def __post_init__(self):
        absent = self.state == "absent"
        given = [v for v in (self.x, self.y) if v is not None and math.isfinite(v)]
        if self.state not in STATES or len(given) != (0 if absent else 2):
            raise ValueError(f"a point {self.state!r} at ({self.x}, {self.y})")


@dataclass
class Item:
    """One animal in one frame.

    Attributes:
        key: ``<video>.<frame>.<animal>`` as it was when it came into the order.
        center: (x, y) px of the video, heading: rad, size: px; the crop of its last edit.
        points: part -> :class:`Point`; parts without are unlabeled.
        revision: counts the edits.
        done: a person has said that the frame is right.
        seconds: of work, pauses not counted.
        conflicts: edits of an old revision that wait for a person to choose.
        added: a person has asked for this frame.
    """

    key: str
    video: str
    frame: int
    animal: int
    center: tuple[float, float]
    heading: float
    size: int
    points: dict[str, Point] = field(default_factory=dict)
    revision: int = 0
    done: bool = False
    seconds: float = 0.0
    conflicts: list[dict[str, Any]] = field(default_factory=list)
    added: bool = False


def key_of(video: str, frame: int, animal: int) -> str:
    """The name of an item.

    >>> key_of("fly1", 20, 0)
    'fly1.20.0'
    """
    return f"{video}.{frame}.{animal}"


@dataclass
class LabelSet:
    """All labels of a folder: items by key, in the order in which they came."""

    items: dict[str, Item] = field(default_factory=dict)

    def apply(self, line: dict[str, Any]) -> None:
        """Carry out one line of the journal.

        Raises:
            UserError: an operation that this version does not know.
        """
        operation = line.get("op")
        if operation == "rename":
            for item in self.items.values():
                item.points = _renamed(item.points, line["parts"])
                for conflict in item.conflicts:
                    conflict["points"] = _renamed(conflict["points"] or {}, line["parts"])
            return
        if operation == "model":
            return  # told for provenance and the figures
        if operation not in ("add", "edit", "time", "conflict", "resolve"):
            raise UserError(
                f"{JOURNAL}: an operation {operation!r} that this version does not know; open it "
                "with the version that wrote it"
            )
        if line["key"] not in self.items:
            self.items[line["key"]] = _new(line)
        item = self.items[line["key"]]
        item.seconds += line.get("seconds", 0.0)
        if operation == "add":
            item.added = True
        elif operation == "edit":
            _edit(item, line)
        elif operation == "conflict":
            item.conflicts.append({k: line.get(k) for k in ("id", "by", "time", "points", "done")})
        elif operation == "resolve":
            _settle(item, line["conflict"])

    @property
    def labeled(self) -> list[Item]:
        """The items of which a person has said anything."""
        return [item for item in self.items.values() if item.points]

    def digest(self) -> str:
        """Checksum of what a network learns from: places and states, no names, times or order.

        >>> LabelSet().digest()[:8]
        '4f53cda1'
        """
        content = [
            [i.video, i.frame, i.animal, [round(v, 3) for v in (*i.center, i.size)]]
            + [[part, p.x, p.y, p.state] for part, p in sorted(i.points.items())]
            for i in self.labeled
        ]
        text = json.dumps(sorted(content, key=lambda row: row[:4]))
        return hashlib.sha256(text.encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """The mapping that a snapshot holds."""
        items = [asdict(item) for item in self.items.values()]
        return {"format": FORMAT, "items": items}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> LabelSet:
        """What :meth:`to_json` gave; nothing gives none.

        Raises:
            ValueError, KeyError, TypeError: it is not as this version writes it.
        """
        if value and value.get("format") != FORMAT:
            raise ValueError(f"format {value.get('format')!r}")
        items = {}
        for stored in value.get("items", []):
            points = {part: Point(**point) for part, point in stored["points"].items()}
            center = tuple(stored["center"])
            items[stored["key"]] = Item(**stored | {"points": points, "center": center})
        return cls(items)


def _new(line: dict[str, Any]) -> Item:
    x, y, heading, size = line["crop"]
    where = {name: line[name] for name in ("key", "video", "frame", "animal")}
    return Item(center=(x, y), heading=heading, size=size, **where)


def _settle(item: Item, conflict: str) -> None:
    item.conflicts = [kept for kept in item.conflicts if kept["id"] != conflict]


def _renamed(points: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """Points under the new names of their parts.

    A part that was taken out of the skeleton earlier leaves its points behind: they give way.
    """
    kept = {part: point for part, point in points.items() if part not in names}
    return kept | {names[part]: point for part, point in points.items() if part in names}


def _edit(item: Item, line: dict[str, Any]) -> None:
    for part, point in line["points"].items():
        if point is None:
            item.points.pop(part, None)
        else:
            item.points[part] = Point(**point)
    item.done = line["done"]
    item.revision = line["revision"]
    if "conflict" in line:
        _settle(item, line["conflict"])
    if "crop" in line:
        x, y, item.heading, item.size = line["crop"]
        item.center = (x, y)


def read(folder: str | Path) -> LabelSet:
    """The labels of a folder, those of the last edit included; none where nothing lies there.

    Raises:
        UserError: snapshot or journal are damaged, or of another version.
    """
    folder = Path(folder)
    value, start = journal.read_snapshot(folder / SNAPSHOT)
    try:
        found = LabelSet.from_json(value)
        # a snapshot can outlive its journal, as in a repository that keeps only the former
        for line, _ in journal.lines(folder / JOURNAL, start):
            found.apply(line)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UserError(
            f"{folder}: {JOURNAL} or {SNAPSHOT} is not as this version writes it ({error!r}); "
            "restore both from a backup"
        ) from error
    return found
