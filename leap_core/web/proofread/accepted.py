"""Moments that a person has looked at and found right: they are never asked again.

They lie beside the corrections and make no result again.  Their animals are those of the track as
it was found: exchanging two of them later does not bring back what was accepted before.
"""

from __future__ import annotations

import csv
import io
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from leap_core.errors import UserError
from leap_core.io import csv_lines
from leap_core.preprocess.corrections import Correction
from leap_core.preprocess.plausibility import Doubt
from leap_core.web import shared_file
from leap_core.web.proofread import table

HEADER = ["kind", "first", "last", "animal", "other", "reason"]
_SAME = 0.9  # of the frames of a moment: other corrections move its ends a little

Key = tuple[str, frozenset[int]]


def beside(corrections: Path) -> Path:
    """The file of the moments that were accepted, by that of the corrections."""
    return corrections.with_name(f"{corrections.stem}.accepted.csv")


class Accepted:
    """The accepted moments of one video, in a file that lies beside its corrections.

    Args:
        frames: of the video.
    """

    def __init__(self, corrections: Path, frames: int):
        self.path, self._frames = beside(corrections), frames
        self.problem = ""
        self._signature: shared_file.Signature = (0, 0, 0)
        self._ranges: dict[Key, list[tuple[int, int]]] = {}
        self._rows: list[tuple[int, Key, int, int]] = []
        self._text = ""

    def follow(self) -> None:
        """Read the file again where it was written."""
        now = shared_file.signature(self.path)
        if now == self._signature:
            return
        self._signature, self._text, self._rows, self.problem = now, "", [], ""
        try:
            if now is not None:
                self._text = self.path.read_text(encoding="utf-8-sig")
                found = csv_lines.entries(self.path, HEADER, 4, "corrections")
                self._rows = [self._row(number, cells) for number, cells in found]
        except UserError as error:
            self.problem = str(error)
        except (OSError, ValueError) as error:
            self.problem = f"{self.path}: is not readable ({error}); correct or remove it"
        ranges = defaultdict(list)
        for _, key, first, last in self._rows:
            ranges[key].append((first, last))
        self._ranges = {key: _joined(found) for key, found in ranges.items()}

    def _row(self, number: int, cells: list[str]) -> tuple[int, Key, int, int]:
        kind, first, last, animal, other, _ = cells
        try:
            animals = frozenset(int(text) for text in (animal, other) if text)
            return number, (kind, animals), int(first), int(last)
        except ValueError:
            raise UserError(
                f"{self.path} line {number}: expected numbers of frames and animals; correct or "
                "remove the line"
            ) from None

    def covered(self, moments: Sequence[Doubt], lines: list[Correction]) -> list[bool]:
        """Which moments were accepted, wholly or nearly so."""
        if not self._ranges:
            return [False] * len(moments)
        exchanges = [item for item in lines if item.other is not None]
        return [self._covers(moment, exchanges) for moment in moments]

    def _covers(self, moment: Doubt, lines: list[Correction]) -> bool:
        ranges = self._ranges.get(self._key(moment, lines), [])
        seen = 0
        # the last one that begins before the moment may reach into it
        begin = max(bisect_right(ranges, (moment.first, moment.first)) - 1, 0)
        for first, last in islice(ranges, begin, None):
            if first > moment.last:
                break
            seen += max(min(last, moment.last) - max(first, moment.first) + 1, 0)
        return seen >= _SAME * (moment.last - moment.first + 1)

    def add(self, moment: Doubt, lines: list[Correction], reason: str) -> None:
        """Accept a moment; when this returns, that is on the disk."""
        with self._alone():
            self._add(moment, lines, reason)

    def _add(self, moment: Doubt, lines: list[Correction], reason: str) -> None:
        if self.covered([moment], lines)[0]:
            return
        animal, other = _found(moment, lines)
        cells = [self._kind(moment), moment.first, moment.last, animal]
        out = io.StringIO()
        reason = " ".join(reason.split())[: table.LONGEST_REASON]
        csv.writer(out, lineterminator="\n").writerow(
            [*cells, "" if other is None else other, reason]
        )
        text = self._text or ",".join(HEADER) + "\n"
        self._write(text + ("" if text.endswith("\n") else "\n") + out.getvalue())

    def remove(self, moment: Doubt, lines: list[Correction]) -> None:
        """Ask for a moment again."""
        key = self._key(moment, lines)
        with self._alone():
            gone = {
                number
                for number, known, first, last in self._rows
                if known == key and first <= moment.last and moment.first <= last
            }
            kept = enumerate(self._text.splitlines(keepends=True), start=1)
            self._write("".join(line for number, line in kept if number not in gone))

    def _key(self, moment: Doubt, lines: list[Correction]) -> Key:
        return self._kind(moment), frozenset(x for x in _found(moment, lines) if x is not None)

    def _kind(self, moment: Doubt) -> str:
        """What is said of a whole track and accepted accepts none of its moments."""
        whole = moment.first == 0 and moment.last == self._frames - 1
        return f"all {moment.kind}" if whole else moment.kind

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """As the file is now, while no other server writes it."""
        with shared_file.alone(self.path.parent):
            self.follow()
            if self.problem:
                raise UserError(self.problem)
            yield

    def _write(self, text: str) -> None:
        shared_file.write(self.path, text)
        self.follow()


def _joined(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sorted, and those that overlap as one."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], last)
        else:
            found.append((first, last))
    return found


def _found(moment: Doubt, lines: list[Correction]) -> tuple[int, int | None]:
    """The animals of a moment as the track had them before all corrections."""
    named = [moment.animal, moment.other]
    for item in reversed(lines):
        if item.other is not None and item.first <= moment.first < item.stop:
            if item.action == "swap":
                other = {item.animal: item.other, item.other: item.animal}
            else:  # what was joined to an animal was the other's
                other = {item.animal: item.other}
            named = [one if one is None else other.get(one, one) for one in named]
    assert named[0] is not None
    return named[0], named[1]
