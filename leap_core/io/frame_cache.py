"""Decoded frames that are kept for whoever asks again, within so many bytes."""

from __future__ import annotations

import mmap
import threading
from collections import OrderedDict

import numpy as np

CACHE_BYTES = 256 << 20
_OWN_BYTES = 1 << 16  # smaller images are no burden; a process has some 65,000 pieces of memory


class Cache:
    """The frames that were asked for last, of any number of videos.

    Args:
        limit: bytes; the last frame is kept whatever its size. 0 = none is kept.
    """

    def __init__(self, limit: int = CACHE_BYTES):
        self.limit = limit
        self.size = 0
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[int, int], np.ndarray | None] = OrderedDict()

    def get(self, owner: int, number: int) -> tuple[bool, np.ndarray | None]:
        """Whether a frame is kept, and its image."""
        with self._lock:
            key = owner, number
            if key not in self._kept:
                return False, None
            self._kept.move_to_end(key)
            return True, self._kept[key]

    def put(self, owner: int, number: int, image: np.ndarray | None) -> None:
        """Keep a frame, and let go of those that were not asked for the longest."""
        if not self.limit:
            return
        with self._lock:
            self._forget(owner, number)
            self._kept[owner, number] = image = _apart(image)
            self.size += 0 if image is None else image.nbytes
            while self.size > self.limit and len(self._kept) > 1:
                self._forget(*next(iter(self._kept)))

    def drop(self, owner: int) -> None:
        """Let go of all frames of a video."""
        with self._lock:
            for key in [key for key in self._kept if key[0] == owner]:
                self._forget(*key)

    def _forget(self, owner: int, number: int) -> None:
        image = self._kept.pop((owner, number), None)
        self.size -= 0 if image is None else image.nbytes


def _apart(image: np.ndarray | None) -> np.ndarray | None:
    """A copy in memory of its own, which the system has back as soon as nobody needs it.

    Of what several threads allocate and free, the C library keeps as much again.
    """
    if image is None or image.nbytes < _OWN_BYTES:
        return image
    kept = np.frombuffer(mmap.mmap(-1, image.nbytes), image.dtype).reshape(image.shape)
    kept[:] = image
    return kept
