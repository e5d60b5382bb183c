"""Reading videos forward, frame by frame, and writing small movies.

Frames are decoded in order from the first one: random seeking is slow and, on some files,
returns wrong pixels.  A frame is identified by its presentation time, so one that cannot be
decoded leaves a gap at its own index instead of shifting everything after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from leap_core.errors import UserError
from leap_core.hdf5 import atomic_path

_PLANAR_LUMA = {"yuv420p", "yuv422p", "yuv444p", "yuvj420p", "yuvj422p", "yuvj444p", "nv12", "gray"}
_LIMITED_TO_FULL = np.clip(np.rint((np.arange(256) - 16) * (255 / 219)), 0, 255).astype(np.uint8)


@dataclass(frozen=True)
class VideoInfo:
    """What is known of a video without decoding it.

    Attributes:
        times: presentation time stamps of all frames, ascending, in stream units.
        fps: average frames per second.
        promised: number of frames that the container's index names (0 = it names none).
    """

    path: Path
    width: int
    height: int
    fps: float
    times: tuple[int, ...]
    promised: int
    codec: str
    pixel_format: str
    exact_index: bool = field(default=False)

    def __len__(self) -> int:
        return len(self.times)


def _open(path: Path):
    if not path.exists():
        raise UserError(f"{path}: no such video; check `path` or set LEAP_DATA")
    if path.stat().st_size == 0:
        raise UserError(f"{path}: the video is empty (0 bytes); copy or download it again")
    try:
        container = av.open(str(path))
    except (av.error.FFmpegError, OSError) as error:
        raise UserError(
            f"{path}: not a readable video ({error.strerror or error}); "
            "it may be cut off: copy or download it again"
        ) from error
    if not container.streams.video:
        container.close()
        raise UserError(f"{path}: holds no video stream; name a video file")
    return container


def probe(path: str | Path) -> VideoInfo:
    """List the frames of a video from its packets, without decoding.

    Raises:
        UserError: missing, empty, not a video, or cut off before its promised end.
    """
    path = Path(path)
    with _open(path) as container:
        stream = container.streams.video[0]
        times = []
        try:
            for packet in container.demux(stream):
                if packet.size and not packet.is_discard:
                    times.append(packet.pts if packet.pts is not None else packet.dts)
        except av.error.FFmpegError:
            pass  # what could be listed is judged below
        if any(t is None for t in times):
            times = list(range(len(times)))
        context = stream.codec_context
        info = VideoInfo(
            path=path,
            width=context.width,
            height=context.height,
            fps=float(stream.average_rate or stream.guessed_rate or 0) or float("nan"),
            times=tuple(sorted(set(times))),
            promised=int(stream.frames or 0),
            codec=context.name,
            pixel_format=str(context.pix_fmt or ""),
            exact_index="mp4" in container.format.name,
        )
    if not len(info) or not info.width:
        raise UserError(f"{path}: holds no frames; copy or download it again")
    if info.exact_index and len(info) < info.promised:
        raise UserError(
            f"{path}: cut off after frame {len(info)} of {info.promised}; copy or download it again"
        )
    return info


def grey(frame: av.VideoFrame) -> np.ndarray:
    """Luma of a decoded frame as (y, x) uint8 over the full range 0..255.

    The luma plane is used as it is where there is one; limited-range video (16..235, the usual
    case) is stretched, so the same scene gives the same numbers whatever the encoding.
    """
    name = frame.format.name
    if name not in _PLANAR_LUMA:
        return frame.to_ndarray(format="gray")
    plane = frame.planes[0]
    luma = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    luma = luma[: frame.height, : frame.width]
    full = name == "gray" or name.startswith("yuvj") or int(frame.color_range) == 2
    return luma.copy() if full else _LIMITED_TO_FULL[luma]


def read_frames(
    path: str | Path, info: VideoInfo | None = None
) -> Iterator[tuple[int, np.ndarray | None]]:
    """Yield (index, grey image) for every frame, in order; None where it cannot be decoded.

    The image is (y, x) uint8.  Every index from 0 to ``len(info) - 1`` comes exactly once.

    Raises:
        UserError: as :func:`probe`, or when not a single frame can be decoded.
    """
    info = info or probe(path)
    index = {time: k for k, time in enumerate(info.times)}
    expected = 0
    decoded = 0
    count = 0
    with _open(info.path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        for frame in _decode(container, stream):
            k = index.get(frame.pts, count) if frame.pts is not None else count
            count = k + 1
            if k < expected:
                continue
            for missing in range(expected, k):
                yield missing, None
            good = (frame.width, frame.height) == (info.width, info.height)
            good = good and not frame.is_corrupt
            decoded += good
            yield k, grey(frame) if good else None
            expected = k + 1
    if not decoded:
        raise UserError(f"{info.path}: no frame can be decoded; copy or download it again")
    for missing in range(expected, len(info)):
        yield missing, None


def _decode(container, stream) -> Iterator[av.VideoFrame]:
    """Every frame that decodes; a packet that does not is passed over (its time stays missing)."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except av.error.FFmpegError:
            return
        try:
            yield from packet.decode()
        except av.error.FFmpegError:
            continue


def write_video(path: str | Path, frames: Iterable[np.ndarray], fps: float, crf: int = 18) -> int:
    """Write an H.264 movie (yuv420p, even sizes) atomically; returns the number of frames.

    Args:
        frames: (y, x) grey or (y, x, 3) RGB uint8 images of one size.
        crf: constant rate factor; 0 is lossless, 18 visually so.
    """
    count = 0
    with atomic_path(path) as temporary:
        with av.open(str(temporary), "w") as container:
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
