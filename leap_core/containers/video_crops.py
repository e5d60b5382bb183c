"""Crops that are not stored: they are cut out of their video whenever they are asked for.

Their pixels are those of stored crops, bit by bit: the same frames, cut by the same function with
the same numbers.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from leap_core.errors import UserError

if TYPE_CHECKING:  # every job loads the containers, few read a video
    from leap_core.io.seeking import Frames
    from leap_core.io.video_info import VideoInfo

MOST_PX = 1 << 14  # side of an image that no damaged file may exceed


@dataclass(frozen=True)
class Source:
    """Which video crops are cut from, and how.

    Attributes:
        video: its path, from the folder of the crops file.
        dataset: the array of an HDF5 file that is the video.
        bits: depth of its samples, as it was settled; None = the file's own.
        frames, width, height: of the video, px.
        bytes: of its file, or of all files of a folder.
        sound: all of its frames can be decoded.
        size: side of the crops, px.
        invert: grey levels are inverted first.
        pad: whole images are the crops, black around.
    """

    video: str
    frames: int
    width: int
    height: int
    bytes: int
    size: int
    invert: bool = False
    pad: bool = False
    sound: bool = True
    dataset: str | None = None
    bits: int | None = None

    def at(self, crops: str | Path) -> Path:
        """Where the video lies, as seen from the working folder.

        Links on the way to the crops file are not followed, as none was when it was written.
        """
        return Path(os.path.normpath(Path(crops).parent / self.video))

    def to_json(self) -> dict[str, Any]:
        """As an attribute of the file."""
        return asdict(self)


def source_of(path: str | Path, info: VideoInfo, crops: str | Path, **how: Any) -> Source:
    """What a crops file says of its video.

    Args:
        info: of the video at ``path``, with its depth settled.
        crops: where the file is to lie.
        how: further attributes of :class:`Source`.
    """
    return Source(
        video=os.path.relpath(path, Path(crops).parent),
        frames=len(info),
        width=info.width,
        height=info.height,
        bytes=_bytes_of(Path(path)),
        dataset=info.dataset,
        bits=info.bits,
        **how,
    )


def source_from_json(values: Mapping[str, Any]) -> Source:
    """The source in an attribute of a crops file; TypeError or ValueError where it is none."""
    kinds = {"video": str, "dataset": str | None, "bits": int | None}
    flags = {"invert", "pad", "sound"}
    for item in fields(Source):
        kind = kinds.get(item.name, bool if item.name in flags else int)
        if item.name in values and not isinstance(values[item.name], kind):
            raise TypeError(f"source: {item.name} is {str(values[item.name])[:40]!r}")
    source = Source(**values)
    if not 0 < source.size <= MOST_PX:
        raise ValueError(f"source: size is {source.size}")
    return source


class CutImages:
    """Images that are cut when they are asked for: ``shape``, ``dtype``, ``len``, and by index.

    Rows are one number, a slice, or many numbers in any order, followed by indices of pixels.
    What is asked for forwards is decoded forwards, without a new beginning; anything else begins at
    the key frame before it, where the video allows that (:mod:`leap_core.io.seeking`).

    Args:
        path: of the crops file, for messages.
        video: the video.
        frame: (row,) its frames.
        valid: (row,) other images are black.
        place: (row, xy) px of the video; heading: (row,) rad.
    """

    dtype = np.dtype(np.uint8)

    def __init__(
        self,
        path: str | Path,
        video: Path,
        source: Source,
        frame: np.ndarray,
        valid: np.ndarray,
        place: np.ndarray,
        heading: np.ndarray,
    ):
        self.source = source
        self.place = place
        self.shape: tuple[int, ...] = (len(frame), source.size, source.size, 1)
        self._path, self._video = path, video
        self._frame, self._valid, self._heading = frame, valid, heading
        self._frames: Frames | None = None
        self._check_there()

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Any) -> np.ndarray:
        first, rest = (key[0], key[1:]) if isinstance(key, tuple) else (key, ())
        if first is Ellipsis:
            first, rest = slice(None), (Ellipsis, *rest)
        rows = np.arange(len(self))[first]
        if rows.ndim == 0:
            return self._cut(int(rows))[rest]
        images = np.empty((len(rows), *self.shape[1:]), np.uint8)
        for at in np.argsort(rows, kind="stable"):  # forwards
            images[at] = self._cut(int(rows[at]))
        return images[(slice(None), *rest)] if rest else images

    def close(self) -> None:
        """Let go of the video."""
        if self._frames is not None:
            self._frames.close()
            self._frames = None

    def _cut(self, row: int) -> np.ndarray:
        from leap_core import geometry

        side = self.source.size
        if not self._valid[row]:
            return np.zeros((side, side, 1), np.uint8)
        image = self._opened().read(int(self._frame[row]))
        if image is None:
            crops, video, frame = self._path, self._video, self._frame[row]
            raise UserError(
                f"{crops}: frame {frame} of {video} cannot be decoded any more; put the video back "
                "as it was, or cut the crops again"
            )
        image = 255 - image if self.source.invert else image
        return geometry.cut(image, self.place[row], float(self._heading[row]), side)[..., None]

    def _opened(self) -> Frames:
        """The video, once the first image is asked for: all of its packets are listed then."""
        from leap_core.io.frame_cache import Cache
        from leap_core.io.pixels import Depth
        from leap_core.io.seeking import Frames

        if self._frames is None:
            source = self.source
            # nobody goes back to a frame, and whoever wants them in a thread ahead has one
            frames = Frames(
                self._video,
                Depth(source.bits),
                Cache(0),
                sound=source.sound,
                dataset=source.dataset,
                ahead=False,
            )
            info, crops, video = frames.info, self._path, self._video
            expected = _told(source.frames, source.width, source.height)
            if (found := _told(len(info), info.width, info.height)) != expected:
                frames.close()
                raise UserError(
                    f"{crops}: was cut from {expected}, but {video} has {found}; put the video "
                    "back as it was, or cut the crops again"
                )
            self._frames = frames
        return self._frames

    def _check_there(self) -> None:
        """What can be told without reading the video."""
        crops, video, expected = self._path, self._video, self.source.bytes
        if not video.exists():
            raise UserError(
                f"{crops}: holds no images, and {video}, from which they are cut, is gone; put the "
                "video back, or cut the crops again from where it is now"
            )
        if (found := _bytes_of(video)) != expected:
            raise UserError(
                f"{crops}: was cut from a video of {expected} bytes, but {video} has {found}; put "
                "the video back as it was, or cut the crops again"
            )


def _told(frames: int, width: int, height: int) -> str:
    return f"{frames} frames of {width}x{height} px"


def _bytes_of(path: Path) -> int:
    """Size of a file, or of all files in a folder of images."""
    if not path.is_dir():
        return path.stat().st_size
    return sum(item.stat().st_size for item in path.iterdir() if item.is_file())
