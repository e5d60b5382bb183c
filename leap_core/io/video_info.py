"""What is known of footage of any kind before its frames are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from leap_core.io.shown import Turn


@dataclass(frozen=True)
class VideoInfo:
    """What is known of a video without decoding it.

    Attributes:
        times: presentation time stamps of all frames, ascending, in stream units; of a dropped
            one where it should have been.
        fps: frames per second: those that the file names where the times agree, else their mean;
            NaN where the stream has no times.
        promised: number of frames that the container's index names (0 = it names none).
        counted: frames are numbered as they come out, as the stream has no presentation times.
        even: False = a variable rate: frames are numbered in order, whatever their times.
        dropped: indices of frames that were never recorded; other programs may not count them.
        order, trust: of each packet, as in :class:`leap_core.io.frame_list.FrameList`.
        width, height: of a frame as it is shown: cropped and turned as the file says.
        turn: how a decoded frame is turned for that.
        aspect: width of a pixel of the shown frame in heights.
        interlaced: frames are woven of two half pictures.
        bits: depth of grey or RGB samples where it is not what ``pixel_format`` says.
        reader: what reads it, a key of :data:`leap_core.io.readers.opening.READERS`; "" = FFmpeg.
        dataset: the array of a file that holds several.
        remarks: what a person should know of how it is read.
    """

    path: Path
    width: int
    height: int
    fps: float
    times: tuple[int, ...]
    promised: int
    codec: str
    pixel_format: str
    counted: bool = False
    even: bool = True
    dropped: tuple[int, ...] = ()
    order: Sequence[int] = field(default=(), repr=False)
    trust: Sequence[int] = field(default=(), repr=False)
    turn: Turn = Turn()
    aspect: float = 1.0
    interlaced: bool = False
    bits: int | None = None
    reader: str = ""
    dataset: str | None = None
    remarks: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.times)
