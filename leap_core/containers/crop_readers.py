"""Several files of crops that are read in turns."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from leap_core.containers.crops import CropReader, open_crops

MOST = 8  # files that stay open


class CropReaders:
    """Readers of many crops files, of which the last few stay open, for any thread.

    Opening takes longer than reading an image; where images are cut from a long video, whose frames
    are listed first, many times as long.
    """

    def __init__(self, most: int = MOST):
        self._most = most
        self._lock = threading.Lock()
        self._open: dict[tuple, tuple[ExitStack, CropReader]] = {}

    @contextmanager
    def of(self, path: str | Path) -> Iterator[CropReader]:
        """The reader of a file as it is now; others wait until the block has ended.

        Raises:
            UserError: as :func:`leap_core.containers.open_crops`.
        """
        with self._lock:
            known = _state(path)
            if known not in self._open:
                while len(self._open) >= self._most:
                    self._let_go(next(iter(self._open)))
                stack = ExitStack()
                self._open[known] = stack, stack.enter_context(open_crops(path))
            self._open[known] = self._open.pop(known)  # asked for last
            yield self._open[known][1]

    def close(self) -> None:
        """Close all files."""
        with self._lock:
            for known in list(self._open):
                self._let_go(known)

    def _let_go(self, known: tuple) -> None:
        stack, _ = self._open.pop(known)
        stack.close()


def _state(path: str | Path) -> tuple:
    """What tells a file from one that takes its place."""
    if not os.path.exists(path):
        return (str(path),)
    about = os.stat(path)
    return str(path), about.st_ino, about.st_size, about.st_mtime_ns
