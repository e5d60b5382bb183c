"""Files that appear under their final name complete, or not at all.

A file is written beside its place under a unique temporary name and renamed.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from leap_core.errors import UserError
from leap_core.io import full_disk

if TYPE_CHECKING:
    import pandas as pd


# names of files that are being written
TEMPORARY = r"\..+-[a-z0-9_]{8}(\.\w+)?"


@contextmanager
def atomic_path(path: str | os.PathLike) -> Iterator[Path]:
    """Yield a temporary path in the folder of ``path``; move it there when the block succeeds.

    The temporary file keeps the suffix of ``path`` (writers choose formats by it) and is
    removed when the block raises.

    Raises:
        UserError: the file cannot be made, written (the disk is full) or put in its place.
            What else the block raises passes.
    """
    path = Path(path)
    _refuse_special(path)
    with _placing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = _temporary(path)
    try:
        with _telling_full_disk(path):
            yield temporary
        with _placing(path):
            umask = os.umask(0)
            os.umask(umask)
            # disks of cameras and some servers keep no rights
            with suppress(PermissionError):
                temporary.chmod(0o666 & ~umask)
            os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _telling_full_disk(path: Path) -> Iterator[None]:
    """A disk that is full while ``path`` is written is no bug."""
    try:
        yield
    except Exception as error:
        if refusal := full_disk.refusal(error):
            raise UserError(
                f"{path}: cannot be written ({refusal}); make room there and run again"
            ) from error
        raise


@contextmanager
def atomic_folder(path: str | os.PathLike) -> Iterator[Path]:
    """Yield a new empty folder beside ``path``; it takes that name when the block succeeds.

    What was written is removed when the block raises.

    Raises:
        UserError: as :func:`atomic_path`, or there is something already that is no empty folder.
    """
    path = Path(path)
    check_new_folder(path)
    with _placing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        outer = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}-"))
    temporary = outer / path.name
    try:
        with _telling_full_disk(path):
            temporary.mkdir()
            yield temporary
        with _placing(path):
            os.replace(temporary, path)
    finally:
        shutil.rmtree(outer, ignore_errors=True)


def check_new_folder(path: str | os.PathLike) -> None:
    """Refuse to write a folder where something is: it may hold what cannot be made again.

    Raises:
        UserError: there is a file, or a folder that is not empty.
    """
    if os.path.lexists(path) and not os.path.isdir(path):
        raise UserError(f"{path}: is a file, no folder can be written there; choose another name")
    if os.path.isdir(path) and os.listdir(path):
        raise UserError(f"{path}: is there already and not empty; remove it or choose another name")


def check_writable(paths: Iterable[str | os.PathLike]) -> None:
    """Try, before a long computation, whether files can be written; leaves nothing behind.

    Raises:
        UserError: names the first that is a folder or a device, or has no place to lie in.
    """
    for path in map(Path, paths):
        _refuse_special(path)
        new = [folder for folder in path.parents if not os.path.exists(folder)]
        try:
            with _placing(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                _temporary(path).unlink()
        finally:
            for folder in new:
                # what another process has put there meanwhile stays
                with suppress(OSError):
                    folder.rmdir()


def _refuse_special(path: Path) -> None:
    """Renaming would fail on a folder, and replace a device or pipe."""
    if os.path.exists(path) and not os.path.isfile(path):
        what = "is a folder" if os.path.isdir(path) else "is no ordinary file"
        raise UserError(f"{path}: {what}, no file can be written there; choose another name")


def _temporary(path: Path) -> Path:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    os.close(handle)
    return Path(name)


@contextmanager
def _placing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UserError(
            f"{path}: cannot be written ({error.strerror or error}); choose another place"
        ) from error


def link(path: str | os.PathLike, target: str | os.PathLike) -> bool:
    """Make ``path`` a symbolic link to ``target``, atomically; a copy where a disk has no links.

    Returns:
        Whether it is a link.

    Raises:
        UserError: neither can be made.
    """
    path = Path(path)
    with _placing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        symlink(path, target)
        return True
    except OSError as error:
        if full_disk.refusal(error):
            raise UserError(
                f"{path}: cannot be written ({error.strerror}); make room there and run again"
            ) from error
    # a date of its own: one that lies in the future would stop Snakemake
    with atomic_path(path) as temporary:
        shutil.copyfile(target, temporary)
    return False


def symlink(path: str | os.PathLike, target: str | os.PathLike) -> None:
    """Make ``path`` a symbolic link to ``target``, atomically.

    Raises:
        OSError: as the system says, where the disk has no links.
    """
    path = Path(path)
    temporary = _temporary(path)
    temporary.unlink()
    try:
        temporary.symlink_to(Path(target).resolve())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: str | os.PathLike, text: str, *, durable: bool = False) -> None:
    """Write a text file atomically (UTF-8).

    Args:
        durable: when this returns, it is on the disk, whatever happens to the machine.
    """
    with atomic_path(path) as temporary:
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(text)
            if durable:
                file.flush()
                os.fsync(file.fileno())
    if durable:
        sync_folder(Path(path).parent)


def sync_folder(folder: Path) -> None:
    """The names of files that are new in a folder are on the disk too."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def write_json(path: str | os.PathLike, value: Any) -> None:
    """Write JSON atomically: keys in their order, two spaces, one final newline, NaN as null."""
    write_text(path, json.dumps(_plain(value), indent=2) + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_plain(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value


def write_csv(path: str | os.PathLike, table: pd.DataFrame) -> None:
    """Write a table as CSV, atomically, without its index."""
    with atomic_path(path) as temporary:
        table.to_csv(temporary, index=False)


def write_parquet(path: str | os.PathLike, table: pd.DataFrame) -> None:
    """Write a table as Parquet, atomically, without its index."""
    with atomic_path(path) as temporary:
        table.to_parquet(temporary, index=False)
