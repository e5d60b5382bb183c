"""What has been done lately: edits that arrive twice count once, and people take theirs back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Direction = Literal["undo", "redo"]


@dataclass(frozen=True)
class Step:
    """An edit that its maker can take back.

    Attributes:
        before, after: part -> point as stored; None where there was or is none.
    """

    key: str
    before: dict[str, Any]
    after: dict[str, Any]
    was_done: bool
    done: bool

    def towards(self, direction: Direction) -> tuple[dict[str, Any], dict[str, Any], bool | None]:
        """Points that must be there, those that take their place, and whether it is done then.

        None where the edit itself did not change whether it is done.
        """
        changed = self.was_done != self.done
        if direction == "undo":
            return self.after, self.before, self.was_done if changed else None
        return self.before, self.after, self.done if changed else None


@dataclass
class History:
    """The lines of the journal that a session remembers.

    Attributes:
        seen: id of an edit -> key of its item.
    """

    seen: dict[str, str] = field(default_factory=dict)
    _stacks: dict[tuple[str, str], list[Step]] = field(default_factory=dict)

    def remember(self, line: dict[str, Any]) -> None:
        """Take up a line; undo and redo go with the person who has made the edit."""
        if line.get("id"):
            self.seen[line["id"]] = line.get("key", "")
        if line.get("op") == "rename":
            self._stacks.clear()  # they name parts as they were
        if line.get("op") != "edit" or "before" not in line:
            return
        person = line.get("by", "")
        turns: tuple[tuple[Direction, Direction], ...] = (("undo", "redo"), ("redo", "undo"))
        for direction, other in turns:
            if line.get(direction):
                # those before it were refused: others had changed their frames
                while steps := self.of(person, direction):
                    step = steps.pop()
                    if step.key == line["key"] and step.towards(direction)[1] == line["points"]:
                        self.of(person, other).append(step)
                        break
                return
        was_done = line.get("was_done", False)
        step = Step(line["key"], line["before"], line["points"], was_done, line["done"])
        self.of(person, "undo").append(step)
        self.of(person, "redo").clear()

    def of(self, person: str, direction: Direction) -> list[Step]:
        """What a person can undo or redo, the next one last."""
        return self._stacks.setdefault((person, direction), [])
