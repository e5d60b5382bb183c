"""The record of every result file, and the manifest of a dataset's results.

A record stands at ``results/<dataset>/provenance/<file>.json``: the file's checksum, the rule and
settings that made it, and the checksums of its inputs and code.  Records hold nothing that differs
between two equal runs.  The manifest, ``results/<dataset>/manifest.json``, lists all files once
more, with the commit of the checkout that made each: there and nowhere else, so that a commit that
changes no result changes no other file.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from leap_core.errors import UserError
from leap_core.io import atomic
from leap_core.provenance import hashes

FOLDER, MANIFEST = "provenance", "manifest.json"
# no results: what runs print, interrupted trainings, the page that repeats the figures
UNRECORDED = ("logs", FOLDER, "checkpoints", MANIFEST, "report.html")


@dataclass(frozen=True)
class Record:
    """How one file came to be.

    Attributes:
        file: its path from the working folder, ``results/<dataset>/...``.
        sha256: of its bytes.
        rule: of the workflow.
        settings: the parts of the config that the rule sees.
        inputs, code: path (or name, of a file that lies elsewhere) -> sha256.
        seed, versions: as in :func:`leap_core.provenance.hashes.record`.
        temporary: the workflow removes the file once it has been used.
    """

    file: str
    sha256: str
    rule: str
    settings: Any
    inputs: dict[str, str]
    code: dict[str, str]
    seed: int | None = None
    versions: dict[str, str] = field(default_factory=dict)
    temporary: bool = False


def root_of(path: str | Path) -> Path | None:
    """``results/<dataset>`` above a file, None where it lies in no results folder.

    A folder further up may be called ``results``, too: that in which records stand is meant.  Where
    none does yet, it is the first of a path from the working folder, the last of any other.
    """
    path = Path(path)
    parts = path.parts
    found = [Path(*parts[: k + 2]) for k in range(len(parts) - 2) if parts[k] == "results"]
    if len(found) < 2:
        return found[0] if found else None
    known = [root for root in found if (root / FOLDER).is_dir() or (root / MANIFEST).is_file()]
    return known[-1] if known else found[0 if parts[0] == "results" else -1]


def record_path(path: str | Path) -> Path | None:
    """Where the record of a result file stands, None for files outside of results."""
    root = root_of(path)
    if root is None:
        return None
    inner = Path(path).relative_to(root)
    return root / FOLDER / inner.with_name(inner.name + ".json")


def write(record: Record) -> None:
    """Put a record in its place, atomically."""
    path = record_path(record.file)
    if path is None:
        raise ValueError(f"{record.file} is in no results folder")
    atomic.write_json(path, {"format": "leap-record/1"} | asdict(record))


def files_of(outputs: Iterable[str]) -> list[str]:
    """The files that a job made: outputs, and what lies in those that are folders.

    Records of what such a folder held before are removed.
    """
    found = []
    for path in outputs:
        if not Path(path).is_dir():
            found.append(path)
            continue
        if place := record_path(path):
            shutil.rmtree(place.with_name(Path(path).name), ignore_errors=True)
        inner = sorted(each for each in Path(path).rglob("*") if each.is_file())
        # hidden ones are the engine's
        found += [each.as_posix() for each in inner if not each.name.startswith(".")]
    return found


def read(path: str | Path) -> Record:
    """Read one record.

    Raises:
        UserError: no record, or an unreadable one.
    """
    path = Path(path)
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        if value.pop("format") != "leap-record/1":
            raise KeyError("format")
        return Record(**value)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f"{path}: not a readable record ({error}); remove it and the file it tells of, "
            "and run again"
        ) from error


def of_file(path: str | Path) -> Record | None:
    """The record of a result file, None where there is none."""
    found = record_path(path)
    return read(found) if found is not None and found.exists() else None


def read_all(root: str | Path) -> dict[str, Record]:
    """Every record of a results folder, by file as seen from the working folder."""
    root = Path(root)
    found = {}
    for path in sorted((root / FOLDER).rglob("*.json")):
        record = read(path)
        inner = path.relative_to(root / FOLDER)
        found[(root / inner.with_name(inner.name.removesuffix(".json"))).as_posix()] = record
    return found


def check_inputs(read: dict[str, str]) -> None:
    """Refuse inputs that are not what the rule before wrote.

    Args:
        read: path -> sha256 of the files that a job is about to read.

    Raises:
        UserError: a file was cut off or altered since.
    """
    for path, digest in read.items():
        record = of_file(path)
        if record is not None and record.sha256 != digest:
            raise UserError(
                f"{path}: is not what rule {record.rule} wrote: cut off or altered since; remove "
                "it and run the same command again"
            )


def commit(folder: str | Path = ".") -> str | None:
    """The checkout's commit, "+changes" where tracked files differ from it; None without git."""

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(folder), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    try:
        changes = git("status", "--porcelain", "--untracked-files=no")
        return git("rev-parse", "HEAD") + ("+changes" if changes else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def write_manifest(root: str | Path, config: dict[str, Any], made_by: str | None) -> None:
    """Write the manifest of a results folder.

    Args:
        config: the resolved config.
        made_by: commit of the files that the manifest does not know yet, or knows otherwise.
    """
    path = Path(root) / MANIFEST
    known: dict[str, list] = {}
    if path.exists():
        known = read_manifest(root)["files"]
    files = {}
    for name, record in read_all(root).items():
        inner = Path(name).relative_to(root).as_posix()
        old = known.get(inner)
        files[inner] = old if old and old[0] == record.sha256 else [record.sha256, made_by]
    atomic.write_json(path, {"format": "leap-manifest/1", "config": config, "files": files})


def read_manifest(root: str | Path) -> dict[str, Any]:
    """The manifest: ``config``, and ``files``: path below ``root`` -> [sha256, commit].

    Raises:
        UserError: missing or unreadable.
    """
    path = Path(root) / MANIFEST
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        if value["format"] != "leap-manifest/1" or not isinstance(value["files"], dict):
            raise KeyError("format")
        return value
    except FileNotFoundError:
        raise UserError(
            f"{path}: no such file; name a folder results/<dataset> that a run has finished"
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{path}: not a readable manifest ({error}); remove it and run again"
        ) from error


def check_place(root: str | Path) -> None:
    """Refuse a results folder in which nothing can be written.

    Raises:
        UserError: names it, and says why.
    """
    atomic.check_writable([Path(root) / MANIFEST])


def finish(root: str | Path, config: dict[str, Any], clean: bool = True) -> None:
    """What the workflow does once no job runs any more: the manifest, and cleaning up.

    Args:
        clean: remove temporary files of jobs that were killed, too.  A run that failed may have
            left jobs on a cluster.
    """
    if not Path(root).is_dir():
        return
    if clean:
        remove_leftovers(root)
    write_manifest(root, config, commit(hashes.CHECKOUT))


def remove_leftovers(root: str | Path) -> list[Path]:
    """Remove temporary files and folders of jobs that were killed; returns them.

    Call it when no job is running.
    """
    left = [p for p in Path(root).rglob(".*") if re.fullmatch(atomic.TEMPORARY, p.name)]
    for path in left:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return left


def results_below(root: str | Path) -> Iterable[Path]:
    """Every result file of a results folder."""
    root = Path(root)
    for path in sorted(root.rglob("*")):
        inner = path.relative_to(root)
        hidden = any(part.startswith(".") for part in inner.parts)
        if not hidden and inner.parts[0] not in UNRECORDED and not path.is_dir():
            yield path
