"""Footage of every kind: what it is, its frames in order, and writing small movies.

Videos are read by FFmpeg (:mod:`leap_core.io.films`), all that is stored frame by frame by
:mod:`leap_core.io.readers`; who uses it sees no difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from leap_core.errors import UserError
from leap_core.io import films, pictures, prefetch, shown
from leap_core.io.atomic import atomic_path
from leap_core.io.pixels import Depth
from leap_core.io.readers import opening
from leap_core.io.shown import grey
from leap_core.io.video_info import VideoInfo

__all__ = ["VideoInfo", "grey", "kind", "probe", "read_frames", "settle", "write_video"]

_LEAST_AHEAD, _MOST_AHEAD = 4, 16  # frames; some come at once
_AHEAD_BYTES = 16_000_000


def probe(path: str | Path, dataset: str | None = None) -> VideoInfo:
    """What some footage is, and which frames it has, without decoding them.

    Args:
        path: a video, a stack, an array of images, or a folder of numbered ones.
        dataset: which array of an HDF5 file; None = the only one.

    Raises:
        UserError: missing, empty, not footage, cut off before its promised end, or frames are lost
            in a stream that cannot tell which ones.
    """
    path = Path(path)
    if name := kind(path):
        with opening.opened(path, name, dataset) as reader:
            return reader.info
    if dataset is not None:
        raise UserError(f"{path}: holds no datasets; leave `dataset` out, or name an HDF5 file")
    return films.listed(path)[0]


def kind(path: Path) -> str:
    """The reader that some footage needs, as in :class:`VideoInfo`; "" = FFmpeg.

    Raises:
        UserError: missing or empty.
    """
    if not path.exists():
        if wrong := pictures.pattern(path):
            raise wrong
        raise UserError(f"{path}: no such video; check `path` or set LEAP_DATA")
    if path.is_file() and path.stat().st_size == 0:
        raise UserError(f"{path}: the video is empty (0 bytes); copy or download it again")
    return opening.kind(path)


def settle(info: VideoInfo, depth: Depth | None = None) -> VideoInfo:
    """The video with the depth of its samples, which is looked for where the file leaves it open.

    Args:
        depth: what the config says of it; None = the smallest that holds all samples.

    Raises:
        UserError: as :meth:`leap_core.io.pixels.Depth.of_samples`.
    """
    depth = depth or Depth()
    if info.bits is not None or not shown.has_depth(info.pixel_format):
        return info
    if depth.bits is not None:
        depth.notes.append(f"{info.pixel_format} read as {depth.bits} bits a pixel (`bits`)")
        return replace(info, bits=depth.bits)
    if not shown.leaves_open(info.pixel_format):
        return info
    return replace(info, bits=depth.of_samples(_largest(info), info.path))


def _largest(info: VideoInfo) -> int:
    """The largest sample of footage that leaves its depth open."""
    if info.reader:
        with opening.frames_of(info) as reader:
            return reader.largest()
    return films.largest(info.path)


def read_frames(
    path: str | Path, info: VideoInfo | None = None, stride: int = 1
) -> Iterator[tuple[int, np.ndarray | None]]:
    """Yield (index, grey image) for every frame, in order; None where it cannot be decoded.

    The next frames are decoded in a thread while one is used.  The image is (y, x) uint8.  Every
    index from 0 to ``len(info) - 1`` comes exactly once, or with a ``stride`` every index that is a
    multiple of it (of a video all are decoded, as none can do without).

    Raises:
        UserError: as :func:`probe`, or when not a single frame can be decoded (told without a
            stride only).
    """
    info = settle(info or probe(path))
    frames = _taken(info, stride) if info.reader else films.forward(info, stride)
    yield from prefetch.drawn_ahead(frames, _waiting(info))


def _waiting(info: VideoInfo) -> int:
    """Frames that may be decoded before they are used."""
    return min(max(_AHEAD_BYTES // (info.width * info.height), _LEAST_AHEAD), _MOST_AHEAD)


def _taken(info: VideoInfo, stride: int) -> Iterator[tuple[int, np.ndarray | None]]:
    """Frames that are stored one by one."""
    some = False
    with opening.frames_of(info) as reader:
        for k in range(0, len(info), stride):
            image = reader.frame(k)
            some |= image is not None
            yield k, image
    if not some and stride == 1:
        raise UserError(f"{info.path}: no frame can be decoded; copy or download it again")


def write_video(path: str | Path, frames: Iterable[np.ndarray], fps: float, crf: int = 18) -> int:
    """Write an H.264 movie (yuv420p, even sizes) atomically; returns the number of frames.

    Args:
        frames: (y, x) grey or (y, x, 3) RGB uint8 images of one size.
        crf: constant rate factor; 0 is lossless, 18 visually so.
    """
    count = 0
    with atomic_path(path) as temporary:
        with av.open(films.file_url(temporary), "w") as container:
            stream = None
            for image in frames:
                image = np.ascontiguousarray(image)
                if stream is None:
                    height, width = (s - s % 2 for s in image.shape[:2])
                    rate = Fraction(fps).limit_denominator(1000)
                    stream = container.add_stream("libx264", rate=rate)
                    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
                    # one thread and no macroblock tree: equal frames must give equal bytes
                    stream.codec_context.thread_count = 1
                    stream.options = {
                        "crf": str(crf),
                        "preset": "fast",
                        "x264-params": "mbtree=0",
                    }
                image = image[:height, :width]
                kind = "gray" if image.ndim == 2 else "rgb24"
                frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format=kind)
                container.mux(stream.encode(frame))
                count += 1
            if stream is None:
                raise ValueError("write_video: no frames")
            container.mux(stream.encode())
    return count
