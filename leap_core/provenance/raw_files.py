"""What a raw file held when it was brought in, remembered by its size and date.

A raw file may be a day's video: it is read whole once, in the job that links it.  What was found
stands in the logs, ``logs/source/<name>.json``, because records hold no dates.  So a new date or
another place is no reason to make results again, and a file that is known is not read once more for
its checksum.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from leap_core.errors import UserError
from leap_core.io import atomic
from leap_core.io.readers import footage_list, numbered
from leap_core.provenance import hashes, records

# Read whole when planning: as many as Snakemake itself compares by content.
SMALL_BYTES = 1_000_000
# Of larger ones planning compares this many blocks, spread evenly: 256 kB, some ms.
BLOCKS, BLOCK_BYTES = 64, 4096


@dataclass(frozen=True)
class Seen:
    """A raw file as it was when it was brought in.

    Attributes:
        sha256, size (bytes), mtime_ns: of the file; for a folder of images the checksum of their
            list, the sum of their sizes, and a number that changes with any of their dates.
        sample: checksum of some blocks of it.
        state: what :func:`state` said of it; None = it was downloaded.
        kept_ns: date of what stands in the results folder: another one where it was copied.
        path: where it was.
    """

    sha256: str
    size: int
    mtime_ns: int
    sample: str
    state: str | None
    kept_ns: int
    path: str


def recall(kept: str | Path) -> Seen | None:
    """What is remembered of a raw file.

    Args:
        kept: its place in the results folder, ``results/<dataset>/raw/<name>``.
    """
    path = _memory(kept)
    try:
        return Seen(**json.loads(path.read_text(encoding="utf-8"))) if path else None
    except (OSError, ValueError, TypeError):
        return None


def remember(
    kept: str | Path, file: str | Path, digest: str, before: tuple[int, int] | None = None
) -> None:
    """Write down what the file behind ``kept`` is, once it stands there.

    Args:
        digest: its sha256.
        before: what :func:`size_and_date` said of it before it was read for that.

    Raises:
        UserError: it was still written to: what came later would never be looked at.
    """
    path = _memory(kept)
    size, date = size_and_date(file)
    if before is not None and before != (size, date):
        raise UserError(
            f"{file}: has changed while it was read; wait until it is recorded or copied, and run "
            "again"
        )
    if path is not None:
        seen = Seen(
            sha256=digest,
            size=size,
            mtime_ns=date,
            sample=_sample(file),
            state=None if Path(file) == Path(kept) else state(file, kept),
            kept_ns=os.stat(kept).st_mtime_ns,
            path=str(Path(file).resolve()),
        )
        atomic.write_json(path, asdict(seen))


def _memory(kept: str | Path) -> Path | None:
    root = records.root_of(kept)
    return None if root is None else root / "logs" / "source" / f"{Path(kept).name}.json"


def state(file: str | Path | None, kept: str | Path) -> str | None:
    """Changes when the job that brings a file in has to look at it: its content may be another.

    The content of a small file; size and date of a larger one.  A file with the date that is
    remembered is taken for the same, wherever it lies; so is one that is found no more.

    Args:
        file: None = found nowhere.
    """
    seen = recall(kept)
    if file is None:
        return seen.state if seen is not None and os.path.isfile(kept) else None
    size, date = size_and_date(file)
    if seen is not None and _same_date(date, seen.mtime_ns):
        return seen.state
    if size <= SMALL_BYTES:
        # one that cannot be read is named by the job
        with suppress(OSError):
            return _sample(file)
    return f"{size} bytes of {date} ns"


def held(file: str | Path, kept: str | Path) -> str | None:
    """The sha256 that ``kept`` had and ``file`` still has, as far as can be told at once.

    None where it has another, or nothing is remembered.  A large file with a new date is the same
    here if its size and some blocks are: the job that brings it in reads it all.
    """
    seen = recall(kept)
    if seen is None:
        return None
    size, date = size_and_date(file)
    if _same_date(date, seen.mtime_ns):
        return seen.sha256
    try:
        same = size == seen.size and _sample(file) == seen.sample
    except OSError:
        same = False
    return seen.sha256 if same else None


def check_held(taken: dict[str, str]) -> None:
    """Refuse to end well where planning took a file for the same that has another content.

    Args:
        taken: raw files -> sha256, as :func:`held` said when planning.

    Raises:
        UserError: names the first.
    """
    for kept, digest in taken.items():
        seen = recall(kept)
        if seen is not None and seen.sha256 != digest:
            raise UserError(
                f"{seen.path}: its content changed, its size did not; run the same command again, "
                "which makes anew what rests on it"
            )


def sha256(path: str | Path) -> str:
    """Checksum of a job's input; of a raw file that is as remembered, what is remembered."""
    seen = recall(path) if Path(path).parent.name == "raw" else None
    if seen is not None:
        found = os.stat(path)
        if (found.st_size, found.st_mtime_ns) == (seen.size, seen.kept_ns):
            return seen.sha256
    return hashes.file_sha256(path)


def original(kept: str | Path) -> Path:
    """Where a raw file came from, for what lies beside it; itself where that is gone."""
    kept = Path(kept)
    if kept.is_symlink():
        return kept.resolve()
    seen = recall(kept)
    return Path(seen.path) if seen is not None and os.path.isfile(seen.path) else kept


def altered(kept: str | Path) -> str | None:
    """What is no more as a list of footage says, in words; None where all is, or for other files.

    Raises:
        UserError: the list is damaged.
    """
    if not footage_list.is_list(kept):
        return None
    files, _ = footage_list.read(kept)
    place = footage_list.place_of(kept)
    if place is None:
        return "the footage that it lists is gone"
    folder = place if place.is_dir() else place.parent
    for name, digest in files.items():
        if not (folder / name).is_file():
            return f"{name}, which it lists, is gone from {folder}"
        if hashes.content_sha256(folder / name) != digest:
            return f"{folder / name} was altered after it was listed"
    return None


def point_to(kept: str | Path, file: str | Path) -> None:
    """Let a link that points to nothing, or that of a list, point to where its file lies now.

    Nothing is done where the content may be another, or nothing can be written.
    """
    kept = Path(kept)
    if footage_list.is_list(kept):
        place = footage_list.place_of(kept)
        if (place is None or place != Path(file).resolve()) and held(file, kept) is not None:
            with suppress(UserError):
                footage_list.point(kept, file)
    elif kept.is_symlink() and not kept.exists() and held(file, kept) is not None:
        try:
            atomic.symlink(kept, file)
        except OSError:
            return


def made_from(result: str | Path, kept: str | Path, digest: str | None) -> bool:
    """Whether a result is there and was made from a raw file with this checksum.

    Raises:
        UserError: the result's record cannot be read.
    """
    if digest is None or not os.path.exists(result):
        return False
    record = records.of_file(result)
    return record is not None and record.inputs.get(Path(kept).as_posix()) == digest


def _same_date(here: int, then: int) -> bool:
    """Dates in ns; some tools copy whole seconds only."""
    return here == then or here == then - then % 1_000_000_000


def size_and_date(file: str | Path) -> tuple[int, int]:
    """Bytes and date of a file; of a folder those of its images, the dates as one number."""
    if not os.path.isdir(file):
        found = os.stat(file)
        return found.st_size, found.st_mtime_ns
    dates, size = hashlib.sha256(), 0
    for path, about in _images(file):
        size += about.st_size
        dates.update(f"{path.name}\0{about.st_size} {about.st_mtime_ns}\n".encode())
    return size, int.from_bytes(dates.digest()[:6], "big")


def _images(folder: str | Path) -> list[tuple[Path, os.stat_result]]:
    """Numbered images, or what may be some; those that are gone or no files are left out.

    None of a folder that cannot be read, which the job names.
    """
    found = []
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if numbered.may_be(entry.name):
                with suppress(OSError):
                    about = entry.stat()
                    if stat.S_ISREG(about.st_mode):
                        found.append((Path(entry.path), about))
    return sorted(found)


def _sample(file: str | Path) -> str:
    if os.path.isdir(file):
        return _sample_of_images(_images(file))
    size = os.stat(file).st_size
    if size <= SMALL_BYTES:
        return hashes.file_sha256(file)
    found = hashlib.sha256()
    with open(file, "rb") as stream:
        for k in range(BLOCKS):
            stream.seek(k * (size - BLOCK_BYTES) // (BLOCKS - 1))
            found.update(stream.read(BLOCK_BYTES))
    return found.hexdigest()


def _sample_of_images(images: list[tuple[Path, os.stat_result]]) -> str:
    """Names and sizes of all, the content of all small folders, and blocks of some images."""
    small = sum(about.st_size for _, about in images) <= SMALL_BYTES
    found = hashlib.sha256()
    for path, about in images:
        found.update(f"{path.name}\0{about.st_size}\n".encode())
    for path, _ in images[:: 1 if small else -(-len(images) // BLOCKS)]:
        with open(path, "rb") as stream:
            found.update(stream.read() if small else _middle(stream))
    return found.hexdigest()


def _middle(stream: BinaryIO) -> bytes:
    size = os.fstat(stream.fileno()).st_size
    stream.seek(max(size - BLOCK_BYTES, 0) // 2)
    return stream.read(BLOCK_BYTES)
