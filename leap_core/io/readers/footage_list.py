"""A list of footage: which files it consists of, and which array of them is read.

It stands for footage that is no single file, where one is needed: its bytes change when the content
of any image, its name or the choice of an array does, and not with dates and places.  Where the
footage lies is told by a hidden link beside it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from leap_core.errors import UserError
from leap_core.io import atomic

FORMAT = "leap-footage/1"
START = f'{{\n  "format": "{FORMAT}"'.encode()


def write(
    path: str | Path, place: str | Path, files: Mapping[str, str], dataset: str | None = None
) -> None:
    """Write a list and its link.

    Args:
        place: the folder of images, or the file that holds several arrays.
        files: name of each image, or of the file -> sha256.
        dataset: the array that is read.

    Raises:
        UserError: nothing can be written there, or the disk has no links.
    """
    point(path, place)
    listed = {"format": FORMAT, "dataset": dataset, "files": dict(sorted(files.items()))}
    atomic.write_json(path, listed)


def point(path: str | Path, place: str | Path) -> None:
    """Say where the footage of a list lies.

    Raises:
        UserError: nothing can be written there, or the disk has no links.
    """
    link = _link(path)
    try:
        link.parent.mkdir(parents=True, exist_ok=True)
        atomic.symlink(link, place)
    except OSError as error:
        raise UserError(
            f"{link}: no link can be made there ({error.strerror or error}), which folders of "
            "images and `dataset` need; put the results on another disk"
        ) from error


def place_of(path: str | Path) -> Path | None:
    """Where the footage of a list lies; None = it is no list, or its footage is gone."""
    link = _link(path)
    return link.resolve() if link.exists() and is_list(path) else None


def is_list(path: str | Path) -> bool:
    """Whether a file is a list of footage."""
    try:
        with open(path, "rb") as file:
            return file.read(len(START)) == START
    except OSError:
        return False


def read(path: str | Path) -> tuple[dict[str, str], str | None]:
    """Name -> sha256 of the files of a list, and its array.

    Raises:
        UserError: damaged.
    """
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
        files, dataset = found["files"], found["dataset"]
        assert isinstance(files, dict) and all(map(_is_name, files)) and files
        assert dataset is None or isinstance(dataset, str)
    except (OSError, ValueError, LookupError, TypeError, AssertionError, RecursionError) as error:
        raise UserError(f"{path}: is a damaged list of footage; remove it and run again") from error
    return files, dataset


def _is_name(name: str) -> bool:
    return bool(name) and os.sep not in name and name not in (".", "..")


def _link(path: str | Path) -> Path:
    path = Path(path)
    return path.with_name(f".{path.name}.from.link")
