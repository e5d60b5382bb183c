"""Name, merge and split the regions of a map by a small CSV, by hand or on the page of
``leap explore``.

    # seen with Ann on Friday
    map,action,region,other,x1,y1,x2,y2,name,by
    m3f2a90c1d2e4,name,4,,,,,,walking,ann
    m3f2a90c1d2e4,merge,5,4,,,,,,ann
    m3f2a90c1d2e4,split,7,,-3.5,2,4,2,,

Lines are carried out one after the other.  Numbers are those of the map as it was found, and a part
that is split off gets the next number that is free: none changes its meaning while a person works.
``map`` is the checksum of that map's regions (:func:`key_of`): on any other they are other regions.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from leap_core.errors import UserError
from leap_core.io import csv_lines

FILE = "region_edits.csv"  # in the folder of the labels
HEADER = ["map", "action", "region", "other", "x1", "y1", "x2", "y2", "name", "by"]
ACTIONS = ("name", "merge", "split")
LONGEST_NAME = 60  # characters
_DIGITS = 5  # of a region's number
_LINE = ("x1", "y1", "x2", "y2")


@dataclass(frozen=True)
class Edit:
    """One change of the regions of a map.

    Attributes:
        map: checksum of the map that it was made on.
        action: ``name`` calls ``region`` by ``name`` ("" = by its number alone), ``merge`` makes it
            part of ``other``, ``split`` makes a region of its own from what lies to the left of
            ``line``.
        line: x, y of two places, map units: a line without ends that leads from the first on.
        by: who has made it.
        where: names it in messages.
    """

    map: str
    action: str
    region: int
    other: int | None = None
    line: tuple[float, float, float, float] | None = None
    name: str = ""
    by: str = ""
    where: str = field(default="", compare=False)

    @property
    def text(self) -> str:
        """In words."""
        if self.action == "merge":
            return f"merge {self.region} into {self.other}"
        if self.action == "split":
            return f"split {self.region}"
        return f"name {self.region} {self.name!r}" if self.name else f"unname {self.region}"


@dataclass(frozen=True)
class Edited:
    """The regions of a map after edits.

    Attributes:
        labels: (y, x) numbers as edits name them; 0 = outside, and lines between regions.
        ids: (region,) the numbers that are there, ascending.
        names: (region,) "" = none.
        origins: (region,) what each was made of, such as ``4+5`` or ``7 (part)``.
    """

    labels: np.ndarray
    ids: np.ndarray
    names: list[str]
    origins: list[str]


def key_of(labels: np.ndarray) -> str:
    """Checksum of the regions of a map as they were found: m and 12 hexadecimal digits.

    Without the letter, a spreadsheet program would take some of them for numbers.

    Args:
        labels: (y, x) region of each bin.
    """
    found = np.ascontiguousarray(labels, "<i2")
    digest = hashlib.sha256(f"{found.shape}".encode() + found.tobytes()).hexdigest()
    return f"m{digest[:12]}"


def read(path: str | Path) -> list[Edit]:
    """The edits of a file, of whatever map, in their order.

    Raises:
        UserError: names the line with an unknown action, or a number or name that is none.
    """
    lines = csv_lines.entries(path, HEADER, 3, "labels.folder")
    return [parsed(cells, f"{path} line {number}") for number, cells in lines]


def parsed(cells: Sequence[str], where: str) -> Edit:
    """One edit from its cells, in the order of ``HEADER``.

    Args:
        where: names the line in messages.

    Raises:
        UserError: as :func:`read`.
    """
    map, action, region, other, *line, name, by = cells
    if action not in ACTIONS:
        raise UserError(f"{where}: no action {action!r}; there are {', '.join(ACTIONS)}")
    used = {"name": ["name"], "merge": ["other"], "split": list(_LINE)}[action]
    given = dict(zip(HEADER[3:-1], (other, *line, name), strict=True))
    for column, text in given.items():
        if text and column not in used:
            raise UserError(f"{where}: {action} takes no {column}; leave it empty")
    name = " ".join(name.split())
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise UserError(f"{where}: name {name[:20]!r} is too long or no text; shorten it")
    return Edit(
        map,
        action,
        _number(where, "region", region),
        _number(where, "other", other) if action == "merge" else None,
        _ends(where, line) if action == "split" else None,
        name,
        by,
        where,
    )


def _number(where: str, column: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS and int(text)):
        raise UserError(f"{where}: {column} {text!r} is no region; correct the line")
    return int(text)


def _ends(where: str, texts: Sequence[str]) -> tuple[float, float, float, float]:
    found = []
    for column, text in zip(_LINE, texts, strict=True):
        try:
            found.append(float(text))
        except ValueError:
            found.append(math.nan)
        if not math.isfinite(found[-1]):
            raise UserError(f"{where}: split needs a number for {column}, got {text!r}")
    x1, y1, x2, y2 = found
    if (x1, y1) == (x2, y2):
        raise UserError(f"{where}: both ends of the line are one place; draw it anew")
    return x1, y1, x2, y2


def of_map(edits: Sequence[Edit], key: str) -> tuple[list[Edit], int]:
    """The edits that were made on one map, and how many were made on others."""
    mine = [edit for edit in edits if edit.map == key]
    return mine, len(edits) - len(mine)


def added(text: str, edit: Edit) -> str:
    """The text of a file with one more edit at its end; comments stay.

    Args:
        text: of the file, "" where there is none.
    """
    lines = text.removeprefix("\ufeff").splitlines()
    if not any(line.strip() and not line.lstrip().startswith("#") for line in lines):
        lines.append(",".join(HEADER))
    return "\n".join([*lines, _row(edit)]) + "\n"


def without_last(text: str, key: str) -> str:
    """The text of a file without the last edit of a map; all else stays."""
    lines = text.removeprefix("\ufeff").splitlines()
    for place in reversed(range(len(lines))):
        if not lines[place].lstrip().startswith("#"):
            if [cell.strip() for cell in next(csv.reader([lines[place]]), [])][:1] == [key]:
                return "\n".join(lines[:place] + lines[place + 1 :]) + "\n"
    return text


def _row(edit: Edit) -> str:
    ends = [f"{value:.4f}".rstrip("0").rstrip(".") for value in edit.line or ()] or [""] * 4
    other = "" if edit.other is None else str(edit.other)
    out = io.StringIO()
    cells = [edit.map, edit.action, str(edit.region), other, *ends, edit.name, edit.by]
    csv.writer(out, lineterminator="").writerow(cells)
    return out.getvalue()


def apply(
    found: np.ndarray, edges: np.ndarray, density: np.ndarray, edits: Sequence[Edit]
) -> Edited:
    """Carry out edits, one after the other.

    Where merged regions touch, the line between them becomes part of both; a region that is split
    loses nothing.  Two regions may be merged that do not touch.  A region without a name that takes
    in one with a name gets it.

    Args:
        found: (y, x) regions from 1 as they were found; 0 = outside, and lines between regions.
        edges: bin edges of either axis, map units.
        density: (y, x).
        edits: of this map.

    Raises:
        UserError: an edit names a region that is not there (any more), merges one with itself, or
            a line does not cross its region.
    """
    labels = np.asarray(found, np.int32).copy()
    parts = {k: [str(k)] for k in range(1, int(labels.max(initial=0)) + 1)}
    names: dict[int, str] = {}
    following = len(parts) + 1
    middle = (np.asarray(edges)[1:] + np.asarray(edges)[:-1]) / 2
    # all that lies inside is as dense as the least dense bin of a region
    inside = density >= density[labels > 0].min(initial=np.inf)
    for edit in edits:
        where = edit.where or edit.text
        for id in (edit.region, edit.other):
            if id is not None and id not in parts:
                raise UserError(f"{where}: no region {id} is there; correct or remove the line")
        if edit.action == "name":
            names[edit.region] = edit.name
        elif edit.action == "merge" and edit.other is not None:
            if edit.other == edit.region:
                raise UserError(
                    f"{where}: merges region {edit.region} with itself; remove the line"
                )
            _merge(labels, edit.region, edit.other, inside)
            parts[edit.other] += parts.pop(edit.region)
            name = names.pop(edit.region, "")
            names[edit.other] = names.get(edit.other) or name
        elif edit.line is not None:
            apart = (labels == edit.region) & _left(edit.line, middle)
            if not apart.any() or not (labels == edit.region)[~apart].any():
                raise UserError(
                    f"{where}: the line does not cross region {edit.region}; draw it through it"
                )
            labels[apart] = following
            parts[edit.region] = [f"{'+'.join(parts[edit.region])} (part)"]
            parts[following] = list(parts[edit.region])
            following += 1
    ids = sorted(parts)
    return Edited(
        labels,
        np.array(ids, np.int64),
        [names.get(id, "") for id in ids],
        ["+".join(parts[id]) for id in ids],
    )


def _left(line: tuple[float, float, float, float], middle: np.ndarray) -> np.ndarray:
    """(y, x) True where a bin's middle lies to the left of a line, y pointing up."""
    x1, y1, x2, y2 = line
    return (x2 - x1) * (middle[:, None] - y1) - (y2 - y1) * (middle[None, :] - x1) > 0


def _merge(labels: np.ndarray, region: int, other: int, inside: np.ndarray) -> None:
    """Make one region part of another, in place, and the line between them.

    The line is each bin of the map that touches both and no third one, and what it leads on to.
    Bins that one region alone touches lie elsewhere too, where several lines meet: they stay.
    """
    from scipy.ndimage import label, maximum_filter, minimum_filter

    both = np.isin(labels, (region, other))
    if not both.any():
        return
    box = tuple(
        slice(max(int(places.min()) - 2, 0), int(places.max()) + 3) for places in np.nonzero(both)
    )
    part = labels[box]
    between = maximum_filter(part == region, 3) & maximum_filter(part == other, 3)
    part[part == region] = other
    highest = maximum_filter(part, 3)
    lowest = minimum_filter(np.where(part > 0, part, np.iinfo(part.dtype).max), 3)
    free = (part == 0) & inside[box] & (highest == other) & (lowest == other)
    pieces = label(free, np.ones((3, 3)))[0]
    part[np.isin(pieces, pieces[between & free])] = other
