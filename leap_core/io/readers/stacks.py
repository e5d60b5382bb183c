"""Numbered TIFF stacks of one folder: a film that its recorder has cut into files."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path

from leap_core.errors import UserError
from leap_core.io.pixels import Picture
from leap_core.io.readers import numbered, shared, tiff

_JOIN = "join them into one file, or name a single one"


class Stacks(shared.Reader):
    """Stacks one after the other, in the order of their numbers.

    That they are one film is believed where no number is missing, all have the same size and
    depth, and all but the last the same number of pages.

    Args:
        series: the stacks.
    """

    def __init__(self, path: Path, series: numbered.Series) -> None:
        names = series.present
        if len(names) < len(series.names):
            number = series.names.index(None) + series.first
            raise UserError(
                f"{path}: the stack with the number {number} is missing; bring it there, or {_JOIN}"
            )
        infos = []
        for name in names:
            part = tiff.Tiff(path / name, part=True)
            part.close()
            infos.append(part.info)
            self.white = part.white
        first = infos[0]
        for info in infos[1:]:
            alike = (info.width, info.height, info.pixel_format, info.bits)
            if alike != (first.width, first.height, first.pixel_format, first.bits):
                raise UserError(
                    f"{path}: {info.path.name} has another size or depth than {first.path.name}; "
                    f"{_JOIN}"
                )
        if any(len(info) != len(first) for info in infos[1:-1]) or len(infos[-1]) > len(first):
            raise UserError(
                f"{path}: its stacks have different numbers of pages, so a part may be missing; "
                f"{_JOIN}"
            )
        self._parts = [info.path for info in infos]
        self._starts = [0, *accumulate(map(len, infos))]
        count = self._starts[-1]
        self._open: tuple[int, tiff.Tiff] | None = None
        self.info = replace(
            first,
            path=path,
            times=tuple(range(count)),
            promised=count,
            reader="folder",
            remarks=(*numbered.said(series), f"{len(infos)} stacks, one after the other"),
        )

    def picture(self, number: int) -> Picture | None:
        """A page as its file has it; None where it cannot be decoded."""
        part = bisect_right(self._starts, number) - 1
        if self._open is None or self._open[0] != part:
            self.close()
            try:
                self._open = part, tiff.Tiff(self._parts[part], part=True)
            except UserError:
                return None
        return self._open[1].picture(number - self._starts[part])

    def close(self) -> None:
        """Let go of the file that is open."""
        if self._open is not None:
            self._open[1].close()
            self._open = None


def are(path: Path, names: Sequence[str]) -> bool:
    """Whether the first of some numbered images is a stack."""
    return names[0].lower().endswith((".tif", ".tiff")) and tiff.count_of(path / names[0]) > 1
