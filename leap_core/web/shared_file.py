"""A file that a page and people edit: seen when it changes, and never written over unseen."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from leap_core.errors import UserError
from leap_core.io import atomic, full_disk
from leap_core.web.incoming import Refused

Signature = tuple[int, int, int] | None


def signature(path: Path) -> Signature:
    """Changes when a file is written again; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def write(path: Path, text: str) -> None:
    """Write a text so that it is on the disk when this returns.

    Raises:
        Refused: the disk refuses.
    """
    try:
        atomic.write_text(path, text, durable=True)
    except (UserError, OSError) as error:
        why = full_disk.refusal(error)
        raise Refused(507, f"{path}: cannot be written ({why or error})") from error


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other servers out of a folder for the moment of a check and a write."""
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        number = os.open(folder, os.O_RDONLY)
    except OSError:
        yield  # what is written there says why
        return
    try:
        with suppress(OSError):  # a disk without locks
            fcntl.flock(number, fcntl.LOCK_EX)
        yield
    finally:
        os.close(number)
