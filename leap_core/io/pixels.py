"""From samples of any depth to grey levels 0..255, by one rule for a whole dataset.

A sample is the number that a file stores for a pixel; its white is the largest that the depth
allows.  Where a file states its depth (12-bit footage, a PNG's ``sBIT``), that is the white.  Where
it says 16 only because samples come in whole bytes, the depth is the smallest of :data:`DEPTHS`
that holds what there is, or what ``bits`` of the config says.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from leap_core.errors import UserError

DEPTHS = (8, 10, 12, 14, 16)  # of the cameras that there are
LUMA = np.array([0.299, 0.587, 0.114])  # of R, G, B (ITU-R BT.601)
_ROUNDING = 0.5  # grey levels: floats that a filter has left beyond black or white by less


@dataclass
class Depth:
    """How samples become grey levels where their file leaves it open.

    Attributes:
        bits: of the config; None = the smallest depth that holds all samples of a source.
        ask: refuse without ``bits``: other sources of the dataset may hold larger samples.
        notes: sentences for the log, added while files are read.
    """

    bits: int | None = None
    ask: bool = False
    notes: list[str] = field(default_factory=list)

    def of_samples(self, largest: float, path: object) -> int:
        """Bits of a source that does not state them.

        Args:
            largest: of its samples.
            path: names it in messages.

        Raises:
            UserError: ``bits`` does not hold the samples, or it has to be asked for.
        """
        if largest >= 1 << DEPTHS[-1]:
            raise UserError(
                f"{path}: holds the value {largest:g}, more than {DEPTHS[-1]} bits can; save the "
                "images as uint8 or uint16"
            )
        least = next(bits for bits in DEPTHS if largest < 1 << bits)
        if self.bits is not None:
            check(largest, self.bits, path)
            self.notes.append(f"{self.bits} bits a pixel (`bits`), no value above {largest:g}")
            return self.bits
        if self.ask:
            more = " or more" if least < DEPTHS[-1] else ""
            raise UserError(
                f"{path}: does not say how many of its 16 bits a pixel has, and holds no value "
                f"above {largest:g}; set `bits` in the config to what the camera gives, "
                f"{least}{more}: one number for all videos and labels"
            )
        self.notes.append(
            f"{least} bits a pixel: the file does not say, and no value is above {largest:g}; "
            "`bits` in the config sets it"
        )
        return least


@dataclass(frozen=True)
class Picture:
    """The luma of an image as its file has it.

    Attributes:
        samples: (y, x), whole numbers or floats.
        white: the sample that is white; None = the file leaves it open.
    """

    samples: np.ndarray
    white: float | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Height and width, px."""
        return self.samples.shape


def white_of(bits: int) -> int:
    """The largest sample of a depth."""
    return (1 << bits) - 1


def check(largest: float, bits: int, path: object) -> None:
    """UserError when samples are larger than a depth allows: nothing is ever clipped."""
    if largest > white_of(bits):
        least = next((each for each in DEPTHS if largest < 1 << each), DEPTHS[-1])
        raise UserError(
            f"{path}: holds the value {largest:g}, more than {bits} bits can; set `bits` in the "
            f"config to {least} or more"
        )


def levels(samples: np.ndarray, white: float, black: float = 0) -> np.ndarray:
    """Samples as uint8 grey levels, black = 0 and white = 255, rounded.

    Whole numbers beyond black or white, as limited-range video has them, become 0 or 255.
    """
    if samples.dtype.kind == "u" and samples.dtype.itemsize <= 2:
        return _table(float(white), float(black))[samples]
    scaled = (samples.astype(np.float64) - black) * (255 / (white - black))
    return np.clip(np.rint(scaled), 0, 255).astype(np.uint8)


@functools.lru_cache(maxsize=8)
def _table(white: float, black: float) -> np.ndarray:
    return levels(np.arange(1 << 16, dtype=np.float64), white, black)


def luma(image: np.ndarray, owner: str) -> Picture:
    """The luma of an array: colour becomes 0.299 R + 0.587 G + 0.114 B.

    Args:
        image: (y, x) or (y, x, channel) with one, two (grey, alpha), three or four (RGB, alpha)
            channels.  uint8 and booleans say what white is, all else leaves it open.
        owner: file and row of the image, for messages.

    Raises:
        UserError: another shape, pixels that are no numbers, or negative ones.
    """
    image = np.asarray(image)
    if image.ndim not in (2, 3) or image.dtype.kind not in "buif" or not image.size:
        raise UserError(
            f"{owner}: an array {image.shape} of {image.dtype} is no image; save it as (y, x) or "
            "(y, x, channel) of uint8"
        )
    if image.ndim == 3 and image.shape[2] > 4:
        raise UserError(
            f"{owner}: an image of {image.shape[2]} channels (shape {image.shape}); save it as "
            "(y, x, 1) or (y, x, 3)"
        )
    if image.dtype.kind == "f":
        lost = int(np.sum(~np.isfinite(image)))
        if lost:
            raise UserError(
                f"{owner}: {lost} of {image.size} pixel values are NaN or infinite; save the "
                "images as uint8, or leave the row out by `rows`"
            )
    white = {np.dtype(bool): 1.0, np.dtype(np.uint8): 255.0}.get(image.dtype)
    image = image.astype(np.uint8) if image.dtype == bool else image
    if image.ndim == 3:
        colour, kind = image.shape[2] >= 3, image.dtype
        image = image[..., :3] @ LUMA if colour else image[..., 0]
        if colour and kind.kind in "ui":
            image = np.rint(image).astype(kind)
    return Picture(image, white)


def grey(pictures: Sequence[Picture], path: object, depth: Depth | None = None) -> list[np.ndarray]:
    """The pictures of one source as (y, x) uint8, all by the same rule.

    Floats reach from 0 to 1 or to 255 where none of the source exceeds that, else they are read
    like whole numbers.

    Args:
        path: names the source in messages.

    Raises:
        UserError: samples below zero, or as :meth:`Depth.of_samples`.
    """
    depth = depth or Depth()
    largest = max((float(p.samples.max()) for p in pictures if p.white is None), default=0.0)
    whites = {"u": 0.0, "i": 0.0, "f": 0.0}
    for kind in whites:
        own = [p for p in pictures if p.white is None and p.samples.dtype.kind == kind]
        if not own:
            continue
        most = max(float(p.samples.max()) for p in own)
        if kind == "f" and most <= 1:
            whites[kind] = 1.0
        elif kind == "f" and most <= 255 + _ROUNDING:
            whites[kind] = 255.0
        else:
            whites[kind] = float(white_of(depth.of_samples(largest, path)))
    made = []
    for picture in pictures:
        white = whites[picture.samples.dtype.kind] if picture.white is None else picture.white
        if picture.white is not None and 255 < white < white_of(16) and depth.bits is not None:
            check(float(picture.samples.max()), depth.bits, path)
            white = white_of(depth.bits)
        if picture.samples.dtype.kind != "u":
            least = float(picture.samples.min())
            if least < -_ROUNDING * white / 255:
                raise UserError(
                    f"{path}: holds the value {least:g}, below black; save the images as uint8"
                )
        made.append(levels(picture.samples, white))
    return made
