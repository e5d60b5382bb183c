"""Footage by its list: a folder of images, or an array of a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from leap_core.errors import UserError
from leap_core.io.pixels import Picture
from leap_core.io.readers import folder, footage_list, hdf5_stack, numbered, shared
from leap_core.io.readers.shared import Reader


class Listed(shared.Reader):
    """Footage by its list."""

    def __init__(self, path: Path, dataset: str | None = None) -> None:
        if dataset is not None:
            raise UserError(f"{path}: is a list of footage, which names its array; leave it out")
        files, array = footage_list.read(path)
        place = footage_list.place_of(path)
        if place is None:
            raise UserError(
                f"{path}: lists footage that is not where it was; set LEAP_DATA to where it is and "
                "run the workflow again, or name the footage itself"
            )
        self._inner: Reader
        if place.is_dir():
            numbered.series(path, files)  # of a damaged list, the list is named
            self._inner = folder.reader(place, names=files)
        else:
            self._inner = hdf5_stack.Hdf5(place, array)
        self.white = self._inner.white
        self.info = replace(self._inner.info, path=path, reader="listed", dataset=None)

    def picture(self, number: int) -> Picture | None:
        """A frame as its file has it; None where it is missing or damaged."""
        return self._inner.picture(number)

    def close(self) -> None:
        """Let go of the files."""
        self._inner.close()
