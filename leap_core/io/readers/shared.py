"""What all readers of single frames share: a frame by its number, and its grey levels."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from leap_core.errors import UserError
from leap_core.io import frame_times, pixels
from leap_core.io.pixels import Picture
from leap_core.io.video_info import VideoInfo

COPY = "copy or download it again"
_MICROSECONDS = 1e6
_STATED = (10, 12, 14)  # depths that have a pixel format of their own


class Reader(ABC):
    """Footage that holds its frames one by one, so that each can be read by itself.

    Attributes:
        info: what it is, as :func:`leap_core.io.video.probe` gives it; where its depth has been
            settled since, with that.
        white: the sample that is white in frames that do not state it; None = left open.
    """

    info: VideoInfo
    white: float | None = None

    @abstractmethod
    def picture(self, number: int) -> Picture | None:
        """A frame as its file has it; None where it is missing or damaged."""

    def close(self) -> None:  # noqa: B027  (a folder holds nothing open)
        """Let go of the file."""

    def frame(self, number: int) -> np.ndarray | None:
        """A frame as (y, x) uint8 grey levels; None where it is missing, damaged or unlike others.

        Raises:
            UserError: a sample that is larger than its depth allows.
        """
        picture = self.picture(number)
        if picture is None or picture.shape != (self.info.height, self.info.width):
            return None
        samples, white = picture.samples, picture.white or self.white
        if (samples.dtype == np.uint8) == self.info.pixel_format.endswith("le"):
            return None  # of another kind than the others
        if samples.dtype == np.uint8:
            return samples
        bits = self.info.bits
        if bits is not None and (white is None or 255 < white < pixels.white_of(16)):
            white = float(pixels.white_of(bits))
        if white is None:
            raise UserError(
                f"{self.info.path}: frame {number} does not say how many bits a pixel has, but "
                "others do; set `bits` in the config to what the camera gives"
            )
        pixels.check(float(samples.max()), int(white).bit_length(), self.info.path)
        return pixels.levels(samples, white)

    def largest(self) -> int:
        """The largest sample, looked for no further than where it needs all 16 bits."""
        found = 0
        for number in range(len(self.info)):
            picture = self.picture(number)
            if picture is not None:
                found = max(found, int(picture.samples.max()))
            if found >= 1 << pixels.DEPTHS[-2]:
                break
        return found


def described(
    path: Path,
    reader: str,
    codec: str,
    count: int,
    picture: Picture,
    *,
    colour: bool = False,
    white: float | None = None,
    seconds: np.ndarray | None = None,
    dropped: Sequence[int] = (),
    dataset: str | None = None,
    remarks: Sequence[str] = (),
) -> VideoInfo:
    """What is known of footage of single frames.

    Args:
        picture: one of its frames.
        white: the sample that is white, where frames state it.
        seconds: (frame,) when each was taken; None or not ascending = unknown.
    """
    times, fps, even = _clock(count, seconds)
    format, bits = _depth(picture.samples, white, colour)
    return VideoInfo(
        path=path,
        width=picture.shape[1],
        height=picture.shape[0],
        fps=fps,
        times=times,
        promised=count,
        codec=codec,
        pixel_format=format,
        even=even,
        dropped=tuple(dropped),
        bits=bits,
        reader=reader,
        dataset=dataset,
        remarks=tuple(remarks),
    )


def _clock(count: int, seconds: np.ndarray | None) -> tuple[tuple[int, ...], float, bool]:
    """Times in microseconds, frames per second (NaN = unknown), whether they come evenly.

    Frames keep their order as numbers, as the programs that write such times count them.
    """
    plain = tuple(range(count))
    if seconds is None or count < 2 or not np.isfinite(seconds).all():
        return plain, float("nan"), True
    ticks = np.rint((seconds - seconds[0]) * _MICROSECONDS).astype(np.int64)
    if (np.diff(ticks) <= 0).any():
        return plain, float("nan"), True
    _, interval, even = frame_times.slots(ticks, None, fill=False)
    return tuple(ticks.tolist()), _MICROSECONDS / float(interval), even


def _depth(samples: np.ndarray, white: float | None, colour: bool) -> tuple[str, int | None]:
    """Pixel format by FFmpeg's names, and bits where it does not tell them."""
    if samples.dtype == np.uint8:
        return "rgb24" if colour else "gray", None
    bits = int(white).bit_length() if white else None
    if bits in _STATED:
        return f"gray{bits}le", None
    return "gray16le", bits


def as_stored(picture: Picture | None) -> Picture | None:
    """Whole samples of up to 16 bits whose white is 2^n - 1; None for all other ones."""
    if picture is None or picture.samples.dtype not in (np.uint8, np.uint16):
        return None
    white = None if picture.white is None else int(picture.white)
    if white is None or white & (white + 1) == 0:
        return picture
    shift = (white & -white).bit_length() - 1  # packed samples, which OpenCV shifts up
    if (white >> shift) & ((white >> shift) + 1) or not shift:
        return picture
    return Picture(picture.samples >> np.uint16(shift), float(white >> shift))


def cut_off(path: Path, found: int, promised: int) -> UserError:
    """The error for a file that ends before its last frame, in the words for videos."""
    return UserError(f"{path}: cut off or damaged after frame {found} of {promised}; {COPY}")


def size_of(path: Path) -> int:
    """Bytes of a file."""
    return os.stat(path).st_size
