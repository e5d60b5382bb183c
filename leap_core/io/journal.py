"""A journal: one JSON line an edit, on the disk before anybody is told that it is saved.

Beside it may stand a snapshot of what the lines before some place amount to, so that a start need
not read them all.  A line that was cut off by a crash, a kill or a full disk is no line: it is
left aside when reading and removed when writing goes on.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from leap_core.errors import UserError
from leap_core.io import atomic


class Journal:
    """The journal of a folder, open for writing by this process alone.

    Args:
        path: the file; it and its folder are made where they are missing.

    Attributes:
        size: bytes of whole lines.
        locked: others are kept out; False where the disk knows no locks.

    Raises:
        UserError: another process has it open, or it cannot be written.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            new = not self.path.exists()
            self._file = open(self.path, "a+b", buffering=0)
        except OSError as error:
            why = f"{path}: cannot be written ({error.strerror or error})"
            raise UserError(f"{why}; choose another folder by `labels.folder`") from error
        self.locked = True
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise UserError(
                f"{path}: is open in another `leap label`; use that page, or end it first"
            ) from None
        except OSError:  # some network disks have none: a second writer is told by the size
            self.locked = False
        if new:
            atomic.sync_folder(self.path.parent)
        self.size = whole(self.path)
        self._torn = True
        self._cut()

    def append(self, value: dict[str, Any]) -> None:
        """Add a line; when this returns, it is on the disk.

        Raises:
            OSError: it is not, and nothing of it is in the file; also where another program has
                written there, or put another file in its place.
        """
        line = _line(value)
        self._cut()
        self._check_own()
        self._torn = True
        try:
            written = 0
            while written < len(line):
                written += os.write(self._file.fileno(), line[written:])
            os.fsync(self._file.fileno())
        except OSError:
            self._cut()
            raise
        self._torn = False
        self.size += len(line)

    def _cut(self) -> None:
        """Remove what an append that failed, or was killed, has left."""
        if self._torn:
            os.ftruncate(self._file.fileno(), self.size)
            self._torn = False

    def _check_own(self) -> None:
        """What is written goes to the end of the file that others read."""
        here = os.fstat(self._file.fileno())
        try:
            same = os.path.samestat(here, os.stat(self.path))
        except FileNotFoundError:
            same = False
        if not same or here.st_size != self.size:
            raise OSError(
                errno.ESTALE,
                "another program has changed it; end it and start `leap label` again",
            )

    def close(self) -> None:
        """Let others open it."""
        self._file.close()


def _line(value: dict[str, Any]) -> bytes:
    return _text(value).encode() + b"\n"


def _text(value: Any) -> str:
    # NaN would be no JSON, and other programs read it
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def whole(path: str | Path) -> int:
    """Bytes up to the end of the last whole line."""
    end = os.path.getsize(path)
    with open(path, "rb") as file:
        while end:
            start = max(0, end - (1 << 16))
            file.seek(start)
            found = file.read(end - start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
    return 0


def lines(path: str | Path, start: int = 0) -> Iterator[tuple[dict[str, Any], int]]:
    """The whole lines from byte ``start`` on, each with the place of its end.

    Raises:
        UserError: a line in the middle is no JSON object, or no line begins at ``start``; names the
            file and the place.
    """
    path = Path(path)
    if not path.exists() or not (size := path.stat().st_size):
        return
    with open(path, "rb") as file:
        if start:
            file.seek(min(start, size) - 1)
            if file.read(1) != b"\n" or start > size:
                raise UserError(
                    f"{path}: is not the journal of the snapshot beside it, which goes up to byte "
                    f"{start}; restore both from one backup, or remove the snapshot if this "
                    "journal is whole"
                )
        for line in file:
            if not line.endswith(b"\n"):
                return  # still being written, or cut off
            start += len(line)
            try:
                value = json.loads(line)
                if not isinstance(value, dict):
                    raise ValueError
            except ValueError:
                raise UserError(
                    f"{path}: the line that ends at byte {start} is damaged; restore the file from "
                    "a backup, or remove that line alone: each of the others stands for itself"
                ) from None
            yield value, start


def write_snapshot(path: str | Path, value: dict[str, Any], journal_bytes: int) -> None:
    """Write what the journal's first ``journal_bytes`` amount to, atomically and on the disk.

    Every element of a list stands on a line of its own, for version control.
    """
    parts = [f'"journal_bytes": {journal_bytes}']
    for name, content in value.items():
        text = _text(content)
        if isinstance(content, list):
            text = "[\n" + ",\n".join(map(_text, content)) + "\n]" if content else "[]"
        parts.append(f"{json.dumps(name)}: {text}")
    with atomic.atomic_path(path) as temporary, open(temporary, "w", encoding="utf-8") as file:
        file.write("{" + ",\n".join(parts) + "}\n")
        file.flush()
        os.fsync(file.fileno())


def read_snapshot(path: str | Path) -> tuple[dict[str, Any], int]:
    """A snapshot and the bytes of the journal that it stands for; empty and 0 without one.

    Raises:
        UserError: it is no snapshot.
    """
    path = Path(path)
    if not path.exists():
        return {}, 0
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        return value, int(value.pop("journal_bytes"))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UserError(
            f"{path}: is damaged; remove it, and it is made again from the journal beside it"
        ) from None
