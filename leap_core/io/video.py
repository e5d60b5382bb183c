"""Reading videos forward, frame by frame, and writing small movies.

Frames are decoded in order from the first one: random seeking is slow and, on some files,
returns wrong pixels.  A frame is identified by its presentation time, so one that cannot be
decoded leaves a gap at its own index instead of shifting everything after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from leap_core.errors import UserError
from leap_core.io import prefetch
from leap_core.io.atomic import atomic_path

_PLANAR_LUMA = {"yuv420p", "yuv422p", "yuv444p", "yuvj420p", "yuvj422p", "yuvj444p", "nv12", "gray"}
PLAYLISTS = {"hls", "concat", "dash", "imf"}
_HELD = 16  # more B-frames in a row no common encoder writes
_LIMITED_TO_FULL = np.clip(np.rint((np.arange(256) - 16) * (255 / 219)), 0, 255).astype(np.uint8)


@dataclass(frozen=True)
class VideoInfo:
    """What is known of a video without decoding it.

    Attributes:
        times: presentation time stamps of all frames, ascending, in stream units.
        fps: average frames per second.
        promised: number of frames that the container's index names (0 = it names none).
        counted: the stream has no presentation times, so frames are numbered as they come out.
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

    def __len__(self) -> int:
        return len(self.times)


def _file_url(path: Path) -> str:
    """FFmpeg takes ``a:b`` for a protocol, and some names for a pattern of many images."""
    return f"file:{path}"


def _open(path: Path):
    if not path.exists():
        raise UserError(f"{path}: no such video; check `path` or set LEAP_DATA")
    if path.stat().st_size == 0:
        raise UserError(f"{path}: the video is empty (0 bytes); copy or download it again")
    try:
        # titles and the like, which nothing here reads, may be in any encoding
        container = av.open(
            _file_url(path), metadata_errors="replace", options={"protocol_whitelist": "file"}
        )
    except (av.error.FFmpegError, OSError) as error:
        raise UserError(
            f"{path}: not a readable video ({error.strerror or error}); "
            "it may be cut off: copy or download it again"
        ) from error
    if container.format.name in PLAYLISTS:
        container.close()
        raise UserError(f"{path}: is a list of other files, no video; name the video itself")
    if not container.streams.video:
        container.close()
        raise UserError(
            f"{path}: holds no video stream; it may be cut off: copy it again, or name a video file"
        )
    if container.streams.video[0].codec_context is None:
        container.close()
        raise UserError(
            f"{path}: its video is of a kind that cannot be decoded, or damaged; copy it again, or "
            "rewrite it (ffmpeg -i IN OUT.mp4)"
        )
    return container


def probe(path: str | Path) -> VideoInfo:
    """List the frames of a video from its packets, without decoding.

    Raises:
        UserError: missing, empty, not a video, or cut off before its promised end.
    """
    path = Path(path)
    with _open(path) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        packets, damaged = _list_packets(container, stream)
        shown = [p for p in packets if not p[2]]
        times = [pts for pts, _, _ in shown if pts is not None]
        counted = len(times) < len(shown)
        promised = int(stream.frames or 0)
        found = len(packets)
        rate = stream.average_rate or stream.guessed_rate
        decoding = [dts for _, dts, _ in packets if dts is not None]
        if "avi" in container.format.name.split(",") and len(decoding) == len(packets):
            # constant rate by definition: the decoding time is the frame's number
            found = max(decoding, default=-1) + 1
            times, counted = list(range(found)), True
        elif counted:
            times = list(range(len(shown)))
        elif not promised and container.duration and rate and times:
            # no index (Matroska): the header's duration tells how many frames there should be
            times = _fill_gaps(sorted(set(times)))
            end = (max(times) - min(times)) * stream.time_base + 1 / rate
            missing = (container.duration / av.time_base - float(end)) * float(rate)
            promised = found + int(missing) if missing > 2 else 0
        info = VideoInfo(
            path=path,
            width=context.width,
            height=context.height,
            fps=float(rate or 0) or float("nan"),
            times=tuple(sorted(set(times))),
            promised=promised,
            codec=context.name,
            pixel_format=str(context.pix_fmt or ""),
            counted=counted,
        )
    if not len(info) or not info.width:
        raise UserError(f"{path}: holds no frames; copy or download it again")
    if found < info.promised or (damaged and not info.promised):
        promise = f" of {info.promised}" if info.promised else ""
        raise UserError(
            f"{path}: cut off or damaged after frame {found}{promise}; copy or download it again"
        )
    return info


def _list_packets(container, stream) -> tuple[list[tuple[int | None, int | None, bool]], bool]:
    """(pts, dts, discarded) of every packet, and whether reading them ended in an error."""
    packets = []
    try:
        for packet in container.demux(stream):
            if packet.size:
                packets.append((packet.pts, packet.dts, packet.is_discard))
    except av.error.FFmpegError:
        return packets, True
    return packets, False


def _fill_gaps(times: list[int]) -> list[int]:
    """Times of lost frames put back where all others are evenly spaced."""
    if len(times) < 3:
        return times
    steps = np.diff(times) / np.median(np.diff(times))
    whole = np.rint(steps).astype(int)
    if np.mean(whole == 1) < 0.9 or np.abs(steps - whole).max() > 0.3:
        return times  # a variable frame rate: nothing is known to be missing
    filled = [times[0]]
    for begin, end, count in zip(times[:-1], times[1:], whole, strict=True):
        filled += [round(begin + (end - begin) * k / count) for k in range(1, count + 1)]
    return filled


def grey(frame: av.VideoFrame) -> np.ndarray:
    """Luma of a decoded frame as (y, x) uint8 over the full range 0..255.

    The luma plane is used as it is where there is one; limited-range video (16..235, the usual
    case) is stretched, so the same scene gives the same numbers whatever the encoding.
    """
    name = frame.format.name
    if name not in _PLANAR_LUMA:
        return frame.to_ndarray(format="gray")
    plane = frame.planes[0]
    # a buffer, which the stubs do not say
    pixels = np.frombuffer(plane, np.uint8)  # type: ignore[call-overload]
    luma = pixels.reshape(-1, plane.line_size)
    luma = luma[: frame.height, : frame.width]
    full = name == "gray" or name.startswith("yuvj") or int(frame.color_range) == 2
    return luma.copy() if full else cv2.LUT(luma, _LIMITED_TO_FULL)


def read_frames(
    path: str | Path, info: VideoInfo | None = None, stride: int = 1
) -> Iterator[tuple[int, np.ndarray | None]]:
    """Yield (index, grey image) for every frame, in order; None where it cannot be decoded.

    The next frame is decoded in a thread while one is used.  The image is (y, x) uint8.  Every
    index from 0 to ``len(info) - 1`` comes exactly once, or with a ``stride`` every index that is a
    multiple of it (all are decoded, as no video can do without).

    Raises:
        UserError: as :func:`probe`, or when not a single frame can be decoded (told without a
            stride only).
    """
    yield from prefetch.drawn_ahead(_decoded(info or probe(path), stride))


def _decoded(info: VideoInfo, stride: int) -> Iterator[tuple[int, np.ndarray | None]]:
    expected = decoded = 0
    waiting = False  # for a key frame: after damage, pictures are wrong until one comes
    held: list[tuple[int, np.ndarray | None]] = []  # drawn from a frame that is yet to come
    with _open(info.path) as container:
        stream = container.streams.video[0]
        for k, frame in _numbered(container, stream, info):
            if k < expected:
                continue
            damaged = k > expected or frame.is_corrupt
            if damaged:
                held = [(j, None) for j, _ in held]
            waiting = (waiting or damaged) and not frame.key_frame
            held += [(missing, None) for missing in range(expected, k) if missing % stride == 0]
            good = (frame.width, frame.height) == (info.width, info.height)
            good = good and not frame.is_corrupt and not waiting
            if k % stride == 0:
                held.append((k, grey(frame) if good else None))
            expected = k + 1
            if frame.pict_type != av.video.frame.PictureType.B or len(held) > _HELD:
                decoded += sum(image is not None for _, image in held)
                yield from held
                held = []
    if expected < len(info):
        held = [(j, None) for j, _ in held]
    decoded += sum(image is not None for _, image in held)
    if not decoded and stride == 1:
        raise UserError(f"{info.path}: no frame can be decoded; copy or download it again")
    yield from held
    for missing in range(expected, len(info)):
        if missing % stride == 0:
            yield missing, None


def _numbered(container, stream, info: VideoInfo) -> Iterator[tuple[int, av.VideoFrame]]:
    """Every frame that decodes, with its index; packets that do not are passed over.

    Raises:
        UserError: frames are lost in a stream that cannot tell which ones.
    """
    index = {time: k for k, time in enumerate(info.times)}
    stream.thread_type = "SLICE" if info.counted else "AUTO"
    reordered = stream.codec_context.has_b_frames
    count, lost = 0, False
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.error.FFmpegError):
            break
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            lost = True
            continue
        for frame in frames:
            if not info.counted:
                if frame.pts in index:
                    yield index[frame.pts], frame
            elif reordered or packet.dts is None:
                yield count, frame  # in the order in which they are shown
            else:
                yield packet.dts, frame  # one packet, one frame
            count += 1
    if info.counted and reordered and (lost or count < len(info)):
        raise UserError(
            f"{info.path}: {len(info) - count} of {len(info)} frames cannot be decoded and the "
            "file does not say which; rewrite it with time stamps (ffmpeg -i IN OUT.mp4)"
        )


def write_video(path: str | Path, frames: Iterable[np.ndarray], fps: float, crf: int = 18) -> int:
    """Write an H.264 movie (yuv420p, even sizes) atomically; returns the number of frames.

    Args:
        frames: (y, x) grey or (y, x, 3) RGB uint8 images of one size.
        crf: constant rate factor; 0 is lossless, 18 visually so.
    """
    count = 0
    with atomic_path(path) as temporary:
        with av.open(_file_url(temporary), "w") as container:
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
