"""How far a training is: a file of JSON lines that the training writes and the server reads."""

from __future__ import annotations

import fcntl
import json
import math
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from leap_core.errors import UserError
from leap_core.io import atomic

FOLDER = "training"  # below that of the labels
NAME, LOG = "progress.jsonl", "log.txt"
LAST = ("done", "failed", "stopped")  # the stages of a line after which none comes
WAIT_S = 20.0  # for a training of the same labels that was told to end


class Progress:
    """Writes the file; each training begins it anew."""

    def __init__(self, path: Path):
        self._path, self._start = path, time.monotonic()
        atomic.write_text(path, "")
        self.tell("starting")

    def tell(self, stage: str, **facts: Any) -> None:
        """Add a line: the stage, seconds since the start, and facts (NaN as null)."""
        line = {"stage": stage, "seconds": round(time.monotonic() - self._start, 2)} | facts
        for key, value in line.items():
            if isinstance(value, float) and not math.isfinite(value):
                line[key] = None
        with open(self._path, "a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def end(self, stage: str, **facts: Any) -> None:
        """Add the last line, if the disk takes it."""
        try:
            self.tell(stage, **facts)
        except OSError as error:
            print(f"{self._path}: {error.strerror}", file=sys.stderr)


def read(path: Path) -> list[dict[str, Any]]:
    """The whole lines so far; none where there is no file or it is none of ours."""
    try:
        text = path.read_text(encoding="utf-8")
        found = [json.loads(line) for line in text.splitlines(True) if line.endswith("\n")]
    except (OSError, ValueError):
        return []
    return [line for line in found if isinstance(line, dict) and "stage" in line]


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One training in a folder at a time; one that was told to end is waited for.

    Raises:
        UserError: another goes on, or the folder cannot be written.
    """
    atomic.check_writable([folder / NAME])
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w", encoding="utf-8") as file:
        deadline = time.monotonic() + WAIT_S
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise UserError(
                        f"{folder}: another training of these labels runs; wait for its end"
                    ) from None
                time.sleep(0.2)
            except OSError:
                break  # a disk without locks
        yield
