"""Tables as text: what spreadsheets of several countries make of a CSV."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from leap_core.errors import UserError
from leap_core.formats.raw_poses import NAN

BOM = b"\xef\xbb\xbf"
SEPARATORS = ";\t"  # beside the comma
MISSING = {"", "nan", "na", "n/a", "null", "none"}


@dataclass(frozen=True)
class Sheet:
    """Cells of a table.

    Attributes:
        lines: cells line by line, without those that are empty.
        separator: what stands between cells; where it is no comma, decimals may have one.
    """

    lines: list[list[str]]
    separator: str

    def number(self, cell: str) -> float:
        """A cell as a number, NaN where it is missing; ValueError for anything else."""
        cell = cell.strip()
        if cell.lower() in MISSING:
            return NAN
        if self.separator != "," and "." not in cell:
            cell = cell.replace(",", ".")
        return float(cell)


def separator(line: str) -> str:
    """What separates the cells of a header line.

    >>> separator("scorer;me;me")
    ';'
    """
    counts = {mark: line.count(mark) for mark in f",{SEPARATORS}"}
    return max(counts, key=lambda mark: counts[mark])


def read(path: Path, most: int | None = None) -> Sheet:
    """All lines of a table, or the first ``most``.

    Raises:
        UserError: no text in UTF-8, or quotes that do not close.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            mark = separator(file.readline())
            file.seek(0)
            reader = csv.reader(file, delimiter=mark)
            lines: list[list[str]] = []
            for line in reader:
                if len(lines) == most:
                    break
                if any(cell.strip() for cell in line):
                    lines.append(line)
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(
            f"{path}: not a readable CSV ({error}); export it again, as UTF-8"
        ) from error
    return Sheet(lines, mark)


def start(content: bytes) -> bytes:
    """The beginning of a text file without byte order mark and quotes, in small letters."""
    return content.removeprefix(BOM).lstrip(b'" \t\r\n').lower()


def flat_columns(header: Sequence[str]) -> str:
    """Which other program writes tables with this first line, in words; empty = unknown."""
    cells = [cell.strip().lower() for cell in header]
    if "frame_idx" in cells:
        return "SLEAP's analysis CSV"
    if "fnum" in cells and any(cell.endswith("_error") for cell in cells):
        return "a table of Anipose"
    ends = [cell[:-2] for cell in cells if cell[-2:] in ("_x", ".x")]
    return "a table with a column for each coordinate" if ends else ""
