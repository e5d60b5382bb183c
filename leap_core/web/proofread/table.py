"""The corrections of one video as a file: read again when a person edits it, never overwritten."""

from __future__ import annotations

import hashlib
import math
import os
from pathlib import Path
from typing import Any

from leap_core.errors import UserError
from leap_core.preprocess import corrections
from leap_core.preprocess.corrections import Correction
from leap_core.web.incoming import Refused, cell
from leap_core.web.shared_file import Signature, alone, signature, write

LONGEST_REASON = 500


class Table:
    """The lines of a table of corrections, and those that can be made again.

    Args:
        animals, frames: of the track.

    Attributes:
        items: the corrections, in the order of the file.
        redo: (place, correction) of lines that were taken back, the last one last.
        problem: why the file cannot be read now; then ``items`` are those of before.
    """

    def __init__(self, path: Path, animals: int, frames: int):
        self.path, self.animals, self.frames = path, animals, frames
        self.items: list[Correction] = []
        self.redo: list[tuple[int, Correction]] = []
        self.problem = ""
        self._text = ""
        self._signature: Signature = (0, 0, 0)
        self.follow()

    @property
    def stale(self) -> bool:
        """Whether somebody else has written the file."""
        return signature(self.path) != self._signature

    @property
    def version(self) -> str:
        """Changes with every line: what a page has seen."""
        return hashlib.sha256(self._text.encode()).hexdigest()[:12]

    def follow(self) -> bool:
        """Read the file again where somebody else has written it; returns whether that was so."""
        if not self.stale:
            return False
        self._signature, self.redo, self.problem = signature(self.path), [], ""
        try:
            if self._signature is None:
                self.items, self._text = [], ""
            else:
                self.items = corrections.read(self.path, self.animals, self.frames)
                self._text = self.path.read_text(encoding="utf-8-sig")
        except UserError as error:
            self.problem = str(error)
        except OSError as error:
            self.problem = f"{self.path}: cannot be read ({error.strerror or error})"
        return True

    def inserted(self, place: int, item: Correction) -> str:
        """The text of the file with one more line."""
        return corrections.inserted(self._text, place, item, self.frames)

    def removed(self, place: int) -> str:
        """The text of the file without one of its lines."""
        return corrections.removed(self._text, place)

    def write(self, text: str, items: list[Correction]) -> None:
        """Put lines on the disk; when this returns, they are there.

        Raises:
            Refused: the disk refuses, or somebody else has written the file meanwhile.
        """
        # a link goes on to lead to its file
        path = Path(os.path.realpath(self.path))
        with alone(path.parent):
            if self.stale:
                raise Refused(409, f"{self.path} was changed by another program; look again")
            write(path, text)
            self._signature = signature(self.path)
        self._text, self.items = text, items


def line(number: int, item: Correction, frames: int) -> dict[str, Any]:
    """A line as the page knows it; ``last`` is included."""
    degrees = None if item.heading is None else round(math.degrees(item.heading) % 360, 3) % 360
    return {
        "number": number,
        "action": item.action,
        "first": item.first,
        "last": item.stop - 1,
        "to_end": item.stop == frames,
        "animal": item.animal,
        "other": item.other,
        "x": item.x,
        "y": item.y,
        "heading_deg": degrees,
        "reason": item.reason,
    }


def sent(body: dict[str, Any], animals: int, frames: int) -> Correction:
    """The line that a page sends, by the same check as the file.

    Raises:
        UserError: it is none.
    """
    cells = [cell(body.get(name), 3, "this line") for name in corrections.HEADER]
    cells[-1] = " ".join(cells[-1].split())[:LONGEST_REASON]
    return corrections.parsed(cells, animals, frames, "this line")
