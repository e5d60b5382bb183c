"""Frames at a fixed stride over a whole video, in bounded memory.

Floors are learned from them, and tracks are checked against them.  Whoever decodes a whole video
anyway takes them by the way: of a film all frames are decoded, however few are wanted.
"""

from __future__ import annotations

import numpy as np
from tqdm import tqdm

from leap_core.containers import Stills
from leap_core.io import video
from leap_core.io.video_info import VideoInfo

_MOST = 60
_MOST_BYTES = 100_000_000


def stride(info: VideoInfo) -> int:
    """Frames from one that is taken to the next."""
    bound = max(5, _MOST_BYTES // (info.width * info.height))
    return -(-len(info) // min(_MOST, bound))


class Collector:
    """Takes stills out of frames that it is shown.

    Where none of them can be decoded the first frame that can, if it is shown, stands in for them.
    """

    def __init__(self, info: VideoInfo):
        self._stride = stride(info)
        total = -(-len(info) // self._stride)
        self._images = np.empty((total, info.height, info.width), np.uint8)
        self._numbers: list[int] = []
        self._first: tuple[int, np.ndarray] | None = None

    def see(self, number: int, image: np.ndarray | None) -> None:
        """Show a frame, (y, x) uint8 or None where it cannot be decoded; each once, in order."""
        if image is None:
            return
        if number % self._stride == 0:
            self._images[len(self._numbers)] = image
            self._numbers.append(number)
        elif self._first is None and not self._numbers:
            self._first = number, image.copy()

    def found(self) -> Stills | None:
        """What was taken; None where no frame was."""
        if not self._numbers and self._first is not None:
            number, self._images[0] = self._first
            self._numbers.append(number)
        if not self._numbers:
            return None
        count = len(self._numbers)
        return Stills(self._images[:count], np.array(self._numbers))


def gather(info: VideoInfo) -> Stills:
    """The stills of a video, for which it is read once more.

    Raises:
        UserError: no frame can be decoded.
    """
    step, seen = stride(info), Collector(info)
    frames = video.read_frames(info.path, info, step)
    total = -(-len(info) // step)
    for k, image in tqdm(frames, total=total, desc="floor", unit="frame", disable=None):
        seen.see(k, image)
    taken = seen.found()
    if taken is None:
        for k, image in video.read_frames(info.path, info):
            seen.see(k, image)
            if (taken := seen.found()) is not None:
                break
    assert taken is not None, "told by the reader"
    return taken
