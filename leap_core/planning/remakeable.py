"""Results that are large and can be made again: which they are, and which nothing waits for."""

from __future__ import annotations

import json
import os
from collections.abc import Container, Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from leap_core.errors import UserError
from leap_core.io import atomic
from leap_core.planning.jobs import Job
from leap_core.provenance import records

MAPS = ("behavior", "pixels")
LIST = Path("logs", "removed.json")


@dataclass(frozen=True)
class Kind:
    """Files that can be removed together.

    Attributes:
        patterns: of their names below ``results/<dataset>``.
        again: what has to be done when they are wanted once more.
        results: they have records; else they are what a run left.
    """

    patterns: tuple[str, ...]
    again: str
    results: bool = True


KINDS = {
    "crops": Kind(
        ("crops/*.h5", "crops/masked/*.h5"),
        "every video is decoded once for each animal; pages, movies and contact sheets need them",
    ),
    "features": Kind(
        tuple(
            f"{map}/{part}/*.h5" for map in MAPS for part in ("channels", "samples", "projected")
        ),
        "spectrograms, the first map of every recording, and placing all frames; another map "
        "needs them, `leap behavior` does not",
    ),
    "chunks": Kind(
        ("poses/chunks/*/*.h5",),
        "prediction of these chunks; only an interrupted run has left some",
        results=False,
    ),
    "checkpoints": Kind(
        ("checkpoints/*.h5",),
        "an interrupted training starts at its first epoch; finished ones need none",
        results=False,
    ),
}


@dataclass(frozen=True)
class Found:
    """Files of one kind that are there.

    Attributes:
        files: that can go.
        kept: that a job which has not run will read.
        needed_by: rules of these jobs.
    """

    kind: str
    files: tuple[Path, ...]
    kept: tuple[Path, ...]
    needed_by: tuple[str, ...]

    @property
    def bytes(self) -> int:
        """Size of what can go."""
        return sum(path.stat().st_size for path in self.files)


def matches(name: str | Path, root: Path) -> str | None:
    """The kind of a file of a results folder, None where it is to stay.

    >>> matches("results/a/crops/masked/fly1.h5", Path("results/a"))
    'crops'
    """
    path = Path(name)
    for kind, about in KINDS.items():
        if any(path.match(f"{root.as_posix()}/{pattern}") for pattern in about.patterns):
            return kind
    return None


def find(
    root: Path,
    waiting: Iterable[Job],
    kinds: Iterable[str] = KINDS,
    recordings: Container[str] | None = None,
) -> list[Found]:
    """What is there of each kind, apart from what a planned job reads or is about to join.

    Links are never followed, and only files with the names of a kind are looked at.  A result
    without a record was not made by the workflow, which could not make it again: it stays.

    Args:
        root: ``results/<dataset>`` from the working folder.
        waiting: the jobs that the workflow would run now.
        recordings: of the config: results of others, which it cannot make, stay; None = any.
    """
    readers: dict[str, set[str]] = {}
    for job in waiting:
        for name in job.reads:
            readers.setdefault(name, set()).add(job.rule)
    found = []
    for kind in kinds:
        there = [path for pattern in KINDS[kind].patterns for path in sorted(root.glob(pattern))]
        there = [path for path in there if path.is_file() and _inside(path, root)]
        if KINDS[kind].results:
            # files of all result kinds are named after their recording
            there = [path for path in there if recordings is None or path.stem in recordings]
            there = [path for path in there if records.of_file(path) is not None]
        kept = tuple(path for path in there if path.as_posix() in readers)
        rules = {rule for path in kept for rule in readers[path.as_posix()]}
        files = tuple(path for path in there if path not in kept)
        found.append(Found(kind, files, kept, tuple(sorted(rules))))
    return found


def _inside(path: Path, root: Path) -> bool:
    """No link leads to it from elsewhere, or from it to elsewhere."""
    return path.resolve() == root.resolve() / path.relative_to(root)


def check_idle(folder: Path = Path()) -> None:
    """Refuse to remove anything beside a run.

    Raises:
        UserError: a run goes on in the working folder, or one was killed there.
    """
    locks = folder / ".snakemake" / "locks"
    if locks.is_dir() and any(locks.iterdir()):
        raise UserError(
            f"{locks}: a run goes on here, or was killed; wait for its end, or give `snakemake "
            "--unlock` if none runs"
        )


def remove(root: Path, found: Found) -> int:
    """Remove the files of one kind; returns their bytes.

    The record of a result stays and tells from now on that the file may be gone; what it was is
    written down for :func:`restore`.

    Raises:
        UserError: one cannot be removed.
    """
    freed = 0
    gone = removed(root)
    for path in found.files:
        if not _inside(path, root):
            continue
        about = path.stat()
        record = records.of_file(path) if KINDS[found.kind].results else None
        if record is not None:
            gone[path.as_posix()] = Gone(record.rule, record.sha256, about.st_mtime_ns)
            # before the file: what is gone without a word would look lost
            _write(root, gone)
            records.write(replace(record, temporary=True))
        try:
            os.unlink(path)
        except OSError as error:
            raise UserError(
                f"{path}: cannot be removed ({error.strerror}); correct the rights of its folder"
            ) from error
        freed += about.st_size
    return freed


@dataclass(frozen=True)
class Gone:
    """A result that was removed: the rule that makes it, its checksum and its date."""

    rule: str
    sha256: str
    mtime_ns: int


def removed(root: Path) -> dict[str, Gone]:
    """Results that were removed, and what they were, by name; nothing where none were.

    Raises:
        UserError: the list is damaged.
    """
    path = root / LIST
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        return {name: Gone(**about) for name, about in value["files"].items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f"{path}: not a readable list of removed files ({error}); remove it: what is wanted "
            "again is then made with all after it"
        ) from error


def _write(root: Path, gone: dict[str, Gone]) -> None:
    files = {name: asdict(about) for name, about in sorted(gone.items())}
    atomic.write_json(root / LIST, {"format": "leap-removed/1", "files": files})


def restore(root: Path, names: Iterable[str]) -> list[str]:
    """Give files that were made again the dates that they had, so that nothing after them is.

    Returns:
        Those that are not what was removed: they keep their new date, and all that was made from
        the old ones is to be made again.
    """
    gone = removed(root)
    other = []
    for name in names:
        path = Path(name)
        record = records.of_file(path)
        if not path.is_file() or record is None:
            continue
        about = gone.pop(name)
        if record.sha256 == about.sha256:
            os.utime(path, ns=(about.mtime_ns, about.mtime_ns))
            records.write(replace(record, temporary=False))
        else:
            other.append(name)
    _write(root, gone)
    return other
