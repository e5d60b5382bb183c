"""A folder of numbered images: the number in the name is the number of the frame."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from leap_core.errors import UserError
from leap_core.io import images
from leap_core.io.pixels import Picture
from leap_core.io.readers import numbered, shared, stacks, tiff

_TRIED = 64  # images among which one must decode
_ASKED = 8  # images that tell what white is, spread evenly


def reader(
    path: Path, dataset: str | None = None, names: Iterable[str] | None = None
) -> shared.Reader:
    """A folder of numbered images, or of numbered stacks.

    Args:
        names: the files that belong to it; None = those that are there.
    """
    if dataset is not None:
        raise UserError(f"{path}: a folder of images holds no datasets; leave `dataset` out")
    found = numbered.in_folder(path) if names is None else numbered.series(path, names)
    if stacks.are(path, found.present):
        return stacks.Stacks(path, found)
    return Folder(path, found)


class Folder(shared.Reader):
    """Numbered images of one folder; other files are passed over.

    Args:
        found: the images.
    """

    def __init__(self, path: Path, found: numbered.Series) -> None:
        self._folder = path
        self._names = found.names
        here = [k for k, name in enumerate(found.names) if name is not None]
        first = self._first(here)
        whites = [p.white for p in self._some(here) if p is not None and p.white is not None]
        self.white = first.white if first.white == 255 else max(whites, default=None)
        head = self._names[here[0]] or ""
        self.info = shared.described(
            path,
            "folder",
            Path(head).suffix.lower().lstrip("."),
            len(self._names),
            first,
            white=self.white,
            dropped=[k for k, name in enumerate(found.names) if name is None],
            remarks=numbered.said(found),
        )

    def _first(self, here: list[int]) -> Picture:
        seen = None
        for number in here[:_TRIED]:
            if self._pages_of(number) > 1:
                raise UserError(
                    f"{self._folder / (self._names[number] or '')}: is a TIFF stack among numbered "
                    "images; take it out"
                )
            seen = self._decoded(number) or seen
            if (picture := shared.as_stored(seen)) is not None:
                return picture
        where = self._folder / (self._names[here[0]] or "")
        if seen is not None:
            raise UserError(
                f"{where}: has pixels of {seen.samples.dtype}; save the images with 8 or 16 bits"
            )
        raise UserError(f"{where}: it and the images after it cannot be decoded; {shared.COPY}")

    def _some(self, here: list[int]) -> list[Picture | None]:
        return [self.picture(number) for number in here[:: max(len(here) // _ASKED, 1)]]

    def _content(self, number: int) -> bytes:
        name = self._names[number]
        return b"" if name is None else (self._folder / name).read_bytes()

    def _pages_of(self, number: int) -> int:
        name = self._names[number] or ""
        if not name.lower().endswith((".tif", ".tiff")):
            return 1
        return tiff.count_of(self._folder / name)

    def _decoded(self, number: int) -> Picture | None:
        # one page of fifty would be a picture of another moment
        if self._pages_of(number) > 1:
            return None
        try:
            content = self._content(number)
        except OSError:
            return None
        return images.decode(content, str(self._folder / (self._names[number] or "")))

    def picture(self, number: int) -> Picture | None:
        """An image as its file has it; None where there is none, or it cannot be decoded."""
        try:
            return shared.as_stored(self._decoded(number))
        except UserError:  # of another kind than the others
            return None
