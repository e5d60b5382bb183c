"""What every reader of labels returns, and what these readers share."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from leap_core.errors import UserError
from leap_core.io import images as image_files
from leap_core.io import pixels, untrusted
from leap_core.io.pixels import Depth, Picture

# part names, edges by index, names of mirror partners
SkeletonParts = tuple[tuple[str, ...], tuple[tuple[int, int], ...], tuple[tuple[str, str], ...]]
HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"


@dataclass(frozen=True)
class Head:
    """The beginning of a file, enough to tell its format.

    Attributes:
        start: first 4096 bytes.
        keys: top-level names, when it is HDF5.
        format: its ``format`` attribute, when it has one.
    """

    path: Path
    start: bytes
    keys: frozenset[str] = frozenset()
    format: str = ""


@dataclass(frozen=True)
class RawLabels:
    """Labels as a file has them, in pixels, 0-based.

    Attributes:
        positions: (sample, joint, xy); NaN = unlabeled.
        images: (sample, y, x, 1) uint8; y and x are 0 where the file comes without images.
        frame: row or frame of each sample in the source.
        numbered: it is the frame in the video, not a row.
        parts: part names in file order, or None where the file has none.
        edges: pairs of part indices.
        group: per sample, the video inside the source (empty = the source is one thing).
        pairs: names of parts that the file stores as mirror images of each other.
        notes: what was doubtful or left out, a line each, for the log.
        occluded: (sample, joint) labeled, but said to be covered; None where nothing tells.
    """

    positions: np.ndarray
    images: np.ndarray
    frame: np.ndarray
    parts: tuple[str, ...] | None = None
    edges: tuple[tuple[int, int], ...] = ()
    group: tuple[str, ...] = ()
    numbered: bool = False
    pairs: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    occluded: np.ndarray | None = None


def peek(path: Path) -> Head:
    """Look at the beginning of a label file.

    Raises:
        UserError: missing, empty or broken file.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such label file; check `path` or set LEAP_DATA")
    with path.open("rb") as file:
        start = file.read(4096)
    if not start:
        raise UserError(f"{path}: the file is empty (0 bytes); copy or download it again")
    if HDF5_SIGNATURE not in (start[:8], start[512:520]):
        return Head(path, start)
    with untrusted.open_hdf5(path) as file:
        return Head(path, start, frozenset(file.keys()), str(file.attrs.get("format", "")))


def row_slice(path: Path, rows: Sequence[int] | None, count: int) -> slice:
    """The rows ``first..last-1`` that are asked for, of the ``count`` that the file has."""
    if rows is None:
        return slice(0, count)
    if len(rows) != 2 or not 0 <= rows[0] < rows[1] <= count:
        raise UserError(
            f"{path}: rows {list(rows)} are not in the file, which has {count}; "
            f"give [first, last] with 0 <= first < last <= {count}"
        )
    return slice(int(rows[0]), int(rows[1]))


def no_images(count: int) -> np.ndarray:
    """Stands for the images of a file that comes without."""
    return np.zeros((count, 0, 0, 1), np.uint8)


def read_image(path: Path, owner: str) -> Picture:
    """An image file as luma, in the depth that it has.

    Args:
        owner: label file and row that need it, for the message.
    """
    if not path.is_file():
        raise UserError(f"{owner}: image {path} is missing; keep the images beside the labels")
    picture = image_files.decode(path.read_bytes(), f"{owner}: {path}")
    if picture is None:
        raise UserError(f"{owner}: {path} is not a readable image; copy it again")
    return picture


def stack(pictures: Iterable[Picture], path: Path, depth: Depth) -> tuple[np.ndarray, list[str]]:
    """Pictures (y, x) as (sample, y, x, 1) uint8, and a note where they have several sizes.

    Smaller ones keep their upper left corner, so that points stay where they are, and go on to
    the right and below with the grey of their border.

    Raises:
        UserError: as :func:`leap_core.io.pixels.grey`.
    """
    pictures = list(pictures)
    if not pictures:
        return no_images(0), []
    images = pixels.grey(pictures, path, depth)
    sizes = Counter(image.shape for image in images)
    if len(sizes) == 1:
        return np.stack(images)[..., None], []
    height, width = (max(size[axis] for size in sizes) for axis in (0, 1))
    out = np.empty((len(images), height, width, 1), np.uint8)
    for row, image in enumerate(images):
        border = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
        out[row] = np.median(border)
        out[row, : image.shape[0], : image.shape[1], 0] = image
    told = ", ".join(f"{n} of {w} x {h} px" for (h, w), n in sizes.most_common())
    return out, [
        f"{path}: images of several sizes ({told}) are filled up to {width} x {height} px on the "
        "right and below; where the animal has another size in them, make them sources of their own"
    ]


def find_beside(path: Path, recorded: str, levels: int = 3, least: int = 1) -> Path | None:
    """A file that a label file mentions, in its folder or up to ``levels`` above.

    ``recorded`` may be an absolute path from another machine: its tail is tried, longest first,
    down to its last ``least`` names.
    """
    parts = [p for p in recorded.replace("\\", "/").split("/") if p not in ("", ".")]
    folders = [path.parent, *path.absolute().parent.parents][: levels + 1]
    for start in range(len(parts) - least + 1):
        for folder in folders:
            candidate = folder.joinpath(*parts[start:])
            if candidate.is_file():
                return candidate
    return None


def tell(notes: Iterable[str]) -> None:
    """Print what is doubtful or left out to the error stream, which is the log of a job."""
    for note in notes:
        print(note if note.startswith("WARNING") else f"note: {note}", file=sys.stderr)
