"""TIFF stacks: every page is a frame; ImageJ's large ones have one page, and all frames behind."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

from leap_core.errors import UserError
from leap_core.io import images
from leap_core.io.pixels import Picture
from leap_core.io.readers import numbered, shared, tiff_pages
from leap_core.io.readers.tiff_pages import DamagedPage, Entry, Pages

MAGIC = tiff_pages.MAGIC
_ROWS_PER_STRIP, _BITS, _SAMPLES, _STRIP_OFFSETS = 278, 258, 277, 273
_SAVE = "save it as grey pages (frame, y, x) of uint8 or uint16"
_COLOURS = 4  # of a picture that is composed of channels, at most
_TRIED = 64  # pages among which one must decode


class Tiff(shared.Reader):
    """A stack of pages in one file.

    Args:
        part: it is one of several stacks, of which the last may have one page.
    """

    def __init__(self, path: Path, dataset: str | None = None, *, part: bool = False) -> None:
        if dataset is not None:
            raise UserError(f"{path}: a TIFF file holds no datasets; leave `dataset` out")
        self._path = path
        self._file = open(path, "rb")
        try:
            self._find(path, part)
        except (DamagedPage, OSError) as error:
            self._file.close()
            raise UserError(f"{path}: not a readable TIFF file ({error}); {shared.COPY}") from error
        except BaseException:
            self._file.close()
            raise

    def _find(self, path: Path, part: bool) -> None:
        self._pages = Pages(self._file)
        if not self._pages.places:
            raise DamagedPage("it has no pages")
        tags = self._pages.tags(0)
        promised = _promised(path, self._pages, tags)
        self._numbers = [k for k in range(len(self._pages)) if not self._is_reduced(k)]
        count = len(self._numbers)
        self._plane = 0
        if count == 1 and promised > 1 and self._number(tags, tiff_pages.COMPRESSION, 1) == 1:
            self._plane = self._bytes_of_plane(tags)
            start = self._pages.segments(tags)[0][0]
            count = min(promised, (shared.size_of(path) - start) // self._plane)
        elif self._pages.whole and not self._pages.is_held(self._numbers[-1]):
            count = next(k for k, n in enumerate(self._numbers) if not self._pages.is_held(n))
            promised = max(promised, len(self._numbers))
        if not self._pages.whole or count < promised:
            raise shared.cut_off(path, count, max(promised, count + 1))
        if count == 1 and not part:
            raise numbered.lone(path)
        self._count = count
        first = self._first(tags)
        self.white = first.white
        self.info = shared.described(
            path,
            "tiff",
            "tiff",
            count,
            first,
            colour=self._number(tags, _SAMPLES, 1) >= 3,
            white=first.white,
        )

    def _is_reduced(self, number: int) -> bool:
        """Whether a page is a small copy of another one."""
        if not number:
            return False
        try:
            tags = self._pages.tags(number)
        except DamagedPage:
            return False
        return bool(self._number(tags, tiff_pages.REDUCED, 0) & 1)

    def _number(self, tags: dict[int, Entry], code: int, missing: int) -> int:
        return self._pages.numbers(tags[code])[0] if code in tags else missing

    def _bytes_of_plane(self, tags: dict[int, Entry]) -> int:
        sides = [self._number(tags, code, 0) for code in (tiff_pages.WIDTH, tiff_pages.HEIGHT)]
        bits, samples = self._number(tags, _BITS, 1), self._number(tags, _SAMPLES, 1)
        if bits % 8 or not all(sides):
            raise DamagedPage("its frames are not of whole bytes")
        return math.prod(sides) * samples * bits // 8

    def _first(self, tags: dict[int, Entry]) -> Picture:
        seen = None
        for number in range(min(self._count, _TRIED)):
            seen = self._decoded(number) or seen
            if (picture := shared.as_stored(seen)) is not None:
                return picture
        if seen is not None:
            raise UserError(f"{self._path}: its pages are of {seen.samples.dtype}; {_SAVE}")
        kind = self._number(tags, tiff_pages.COMPRESSION, 1)
        raise UserError(
            f"{self._path}: no page can be decoded (compression {kind}); copy it again, or save "
            "its pages in strips, without compression or with LZW or Deflate"
        )

    def _decoded(self, number: int) -> Picture | None:
        try:
            if self._plane:
                tags = dict(self._pages.tags(0))
                height = tags[tiff_pages.HEIGHT]
                tags[_ROWS_PER_STRIP] = height
                start = self._pages.segments(tags)[0][0] + number * self._plane
                content = self._pages.alone(tags, [start], [self._plane])
            else:
                tags = self._pages.tags(self._numbers[number])
                content = self._pages.alone(tags, *self._pages.segments(tags))
        except (DamagedPage, OSError):
            return None
        return images.decode(content, f"{self._path}: page {number}")

    def picture(self, number: int) -> Picture | None:
        """A page as its file has it; None where it cannot be decoded."""
        try:
            return shared.as_stored(self._decoded(number))
        except UserError:  # of another kind than the others
            return None

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def count_of(path: Path) -> int:
    """Frames that a file names, as far as it is a TIFF; 0 = it is none."""
    try:
        with open(path, "rb") as file:
            if file.read(4) not in MAGIC:
                return 0
            pages = Pages(file)
            return max(len(pages), _promised(path, pages, pages.tags(0))) if len(pages) else 0
    except (DamagedPage, OSError, UserError):
        return 0


def _promised(path: Path, pages: Pages, tags: dict[int, Entry]) -> int:
    """Frames that the description of a stack names; 0 = none.

    Raises:
        UserError: it has more axes than time.
    """
    entry = tags.get(tiff_pages.DESCRIPTION)
    text = entry.data.rstrip(b"\0").decode("utf-8", "replace") if entry else ""
    samples = pages.numbers(tags[_SAMPLES])[0] if _SAMPLES in tags else 1
    axes = _axes(text, samples)
    long = {name: n for name, n in axes.items() if n > 1}
    # frames that nobody named are channels for tifffile
    if len(long) > 1 or long.get("channels", _COLOURS + 1) <= _COLOURS:
        told = ", ".join(f"{n} {name}" for name, n in long.items())
        raise UserError(f"{path}: is a TIFF stack of {told}, no film; {_SAVE}")
    return math.prod(axes.values()) if axes else 0


def _axes(text: str, samples: int) -> dict[str, int]:
    """Lengths of the axes beside y, x and colour, as ImageJ, tifffile or OME tell them."""
    if text.startswith("ImageJ="):
        told = dict(re.findall(r"^(\w+)=(\d+)\s*$", text, re.MULTILINE))
        axes = {name: int(told.get(name, 1)) for name in ("channels", "slices", "frames")}
        if math.prod(axes.values()) == 1:
            axes["frames"] = int(told.get("images", 1))
        return axes
    if text.startswith('{"shape"'):
        try:
            shape = [int(n) for n in json.loads(text)["shape"]]
        except (ValueError, TypeError, KeyError, RecursionError):
            return {}
        if samples == 1 and len(shape) > 3 and shape[-1] == 1:
            del shape[-1]  # an axis of colour all the same
        leading = shape[:-2] if samples == 1 else shape[:-3]
        return {f"on axis {k}": n for k, n in enumerate(leading)}
    if "<OME" in text[:1000] and (found := re.findall(r"<(?:\w+:)?Pixels\b[^>]*>", text)):
        sizes = {name: int(n) for name, n in re.findall(r'\bSize([CZT])="(\d+)"', found[0])}
        return {
            "channels": max(sizes.get("C", 1) // samples, 1),
            "slices": sizes.get("Z", 1),
            "frames": sizes.get("T", 1),
            "images": len(found),
        }
    return {}
