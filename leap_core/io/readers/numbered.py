"""Names of numbered images: which number counts them, and which files belong together."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import gcd
from pathlib import Path

from leap_core.errors import UserError

READ = {".bmp", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff"}
OTHER = {".exr", ".gif", ".hdr", ".jp2", ".jxl", ".pbm", ".pnm", ".webp"}
_FEW = 5  # names in a message
_RENAME = "rename the images to numbers without gaps, or take the others out"


@dataclass(frozen=True)
class Series:
    """Numbered images of one folder.

    Attributes:
        names: by the index of their frame, which is the number less the first one; None = there is
            no image of this number.
        first: the first number.
        others: names of further files, which are passed over.
    """

    names: tuple[str | None, ...]
    first: int
    others: tuple[str, ...]

    @property
    def present(self) -> list[str]:
        """Names of the images that there are, in order."""
        return [name for name in self.names if name is not None]


def in_folder(folder: Path) -> Series:
    """The numbered images of a folder.

    Raises:
        UserError: as :func:`series`, or it cannot be read.
    """
    try:
        return series(folder, os.listdir(folder))
    except OSError as error:
        raise UserError(
            f"{folder}: cannot be read ({error.strerror or error}); correct its rights"
        ) from error


def series(folder: Path, names: Iterable[str]) -> Series:
    """The one series of numbered images among some names.

    Raises:
        UserError: none, several, numbers that are no count, or a first one that has none.
    """
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    others = []
    for name in sorted(names):
        if may_be(name):
            groups[(_suffix(name), *re.split("[0-9]+", _stem(name)))].append(name)
        else:
            others.append(name)
    if not any(len(group) > 1 for group in groups.values()):
        raise _none(folder, [*others, *(name for group in groups.values() for name in group)])
    large = [group for group in groups.values() if len(group) > 1]
    if len(large) > 1:
        told = " and ".join(_range(group) for group in large[:3])
        raise UserError(
            f"{folder}: holds {len(large)} series of images ({told}); give each a folder of its own"
        )
    others += [name for group in groups.values() if len(group) == 1 for name in group]
    numbered = _numbered(folder, large[0])
    numbers = sorted(numbered)
    first, last = numbers[0], numbers[-1]
    step = gcd(*(number - first for number in numbers))
    if step > 1 and len(numbers) > 2:
        raise UserError(
            f"{folder}: the numbers of its images go in steps of {step} ({_range(large[0])}); "
            "rename them to 0, 1, 2, ..., which is what `fps` will count"
        )
    if last - first + 1 > 2 * len(numbers):
        raise UserError(
            f"{folder}: the numbers of its images do not count frames: {len(numbers)} images, "
            f"numbers {first} to {last}; {_RENAME}"
        )
    found = tuple(numbered.get(number) for number in range(first, last + 1))
    if first and (before := _unnumbered(numbered[first], others)):
        raise UserError(
            f"{folder}: {before} has no number and may belong before {numbered[first]}, as some "
            f"recorders name their files; give it the number {first - 1}, or take it out"
        )
    return Series(found, first, tuple(sorted(name for name in others if not name.startswith("."))))


def may_be(name: str) -> bool:
    """Whether a file is an image with a number, by its name."""
    return (
        _suffix(name) in READ
        and not name.startswith(".")
        and re.search("[0-9]", _stem(name)) is not None
    )


def said(series: Series) -> list[str]:
    """What a person should know of a series."""
    lines = []
    if series.first:
        lines.append(f"frame 0 is the image {series.names[0]}")
    if series.others:
        few = ", ".join(series.others[:_FEW]) + (", ..." if len(series.others) > _FEW else "")
        lines.append(f"{len(series.others)} other files in the folder are passed over: {few}")
    return lines


def lone(path: Path) -> UserError:
    """The error for a file of one picture, which may be one of many."""
    real = path.resolve()
    try:
        beside = in_folder(real.parent)
    except UserError:
        beside = None
    if beside is not None and real.name in beside.names:
        return UserError(
            f"{path}: is one of {len(beside.present)} numbered images ({beside.names[0]} to "
            f"{beside.names[-1]}), no video; name their folder, {real.parent}"
        )
    return UserError(f"{path}: is a single picture, no video; name a video, a stack or a folder")


def _numbered(folder: Path, names: list[str]) -> dict[int, str]:
    """Names by the number that counts them: the only one that differs between them."""
    runs = [[int(digits) for digits in re.findall("[0-9]+", _stem(name))] for name in names]
    differ = [k for k in range(len(runs[0])) if len({run[k] for run in runs}) > 1]
    if len(differ) > 1:
        raise UserError(
            f"{folder}: more than one number differs between its images ({_range(names)}), so none "
            f"counts the frames; {_RENAME}"
        )
    # names that differ in leading zeros only
    at = differ[0] if differ else 0
    found: dict[int, str] = {}
    for name, run in zip(names, runs, strict=True):
        if run[at] in found:
            raise UserError(
                f"{folder}: {found[run[at]]} and {name} have the same number; {_RENAME}"
            )
        found[run[at]] = name
    return found


def _unnumbered(first: str, others: list[str]) -> str | None:
    """The file that a recorder has named like the first of a series, but without a number.

    `a.tif`, `a_X2.tif`, `a_X3.tif`; `a.tif`, `a@0001.tif`; `a.ome.tif`, `a_1.ome.tif`.
    """
    for name in others:
        stem = _stem(name).removesuffix(".ome")
        rest = first[len(stem) :]
        if stem and _suffix(name) == _suffix(first) and first.startswith(stem):
            if re.match("([^0-9A-Za-z]+[A-Za-z]*)?[0-9]", rest):
                return name
    return None


def _none(folder: Path, names: list[str]) -> UserError:
    unread = [name for name in names if Path(name).suffix.lower() in OTHER]
    if len(unread) > 1:
        return UserError(
            f"{folder}: images such as {unread[0]} are not read; save them as PNG or TIFF"
        )
    return UserError(f"{folder}: is a folder without numbered images; name a video file")


def _suffix(name: str) -> str:
    return "." + name.rpartition(".")[2].lower()


def _stem(name: str) -> str:
    return name.rpartition(".")[0]


def _range(names: list[str]) -> str:
    return f"{names[0]} to {names[-1]}"
