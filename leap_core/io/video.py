"""Reading videos forward, frame by frame, and writing small movies.

Frames are decoded in order from the first one: random seeking is slow and, on some files,
returns wrong pixels.  A frame is identified by its presentation time, so one that cannot be
decoded leaves a gap at its own index instead of shifting everything after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from leap_core.errors import UserError
from leap_core.io import frame_list, packets, pictures, prefetch, shown
from leap_core.io.atomic import atomic_path
from leap_core.io.decoding import VideoInfo, decoded
from leap_core.io.pixels import Depth
from leap_core.io.shown import grey

__all__ = [
    "VideoInfo",
    "grey",
    "listed",
    "opened",
    "probe",
    "read_frames",
    "settle",
    "threads",
    "write_video",
]

PLAYLISTS = {"hls", "concat", "dash", "imf"}
STATES_DURATION = {"matroska", "webm", "flv", "asf", "mov", "mp4"}  # in front of the frames
_LAST_SOUND_S = 0.1  # more than a packet of sound, whose end files state in different ways
# titles and the like, which nothing here reads, may be in any encoding; PyAV 19 takes them all
_TITLES: dict[str, Any] = (
    {"metadata_errors": "replace"} if int(av.__version__.split(".")[0]) < 19 else {}
)


def _file_url(path: Path) -> str:
    """FFmpeg takes ``a:b`` for a protocol, and some names for a pattern of many images."""
    return f"file:{path}"


def opened(path: Path):
    """The container of a video, ready to be decoded.

    Raises:
        UserError: missing, empty, or not a video.
    """
    if not path.exists():
        if wrong := pictures.pattern(path):
            raise wrong
        raise UserError(f"{path}: no such video; check `path` or set LEAP_DATA")
    if path.is_dir():
        raise pictures.folder(path)
    if path.stat().st_size == 0:
        raise UserError(f"{path}: the video is empty (0 bytes); copy or download it again")
    try:
        container = av.open(_file_url(path), options={"protocol_whitelist": "file"}, **_TITLES)
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
    stream = container.streams.video[0]
    if wrong := pictures.found(container, path):
        container.close()
        raise wrong
    if stream.codec_context is None:
        container.close()
        raise UserError(
            f"{path}: its video is of a kind that cannot be decoded, or damaged; copy it again, or "
            "rewrite it (ffmpeg -i IN OUT.mp4)"
        )
    shown.set_up(stream)
    return container


def probe(path: str | Path) -> VideoInfo:
    """List the frames of a video from its packets, without decoding.

    Raises:
        UserError: missing, empty, not a video, cut off before its promised end, or frames are lost
            in a stream that cannot tell which ones.
    """
    return listed(path)[0]


def listed(path: str | Path) -> tuple[VideoInfo, packets.Packets]:
    """A video, and the packets from which it is known.

    Raises:
        UserError: as :func:`probe`.
    """
    path = Path(path)
    with opened(path) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        kind = set(container.format.name.split(","))
        rows = packets.listed(container, stream)
        promised = int(stream.frames or 0)
        frames = frame_list.numbered(path, rows, kind, stream, promised)
        found = len(rows)
        if "avi" in kind and promised:
            # its index counts empty chunks too, of which a copy of another format has many
            interval = 1 / (frames.fps * stream.time_base) if frames.fps > 0 else 1
            found, promised = frames.late + len(frames.times), int(promised / interval + 1e-6)
        elif not promised and kind & STATES_DURATION:
            promised = _promised(container, rows, frames)
        info = VideoInfo(
            path=path,
            width=context.width,
            height=context.height,
            fps=frames.fps,
            times=frames.times,
            promised=promised,
            codec=context.name,
            pixel_format=str(context.pix_fmt or ""),
            counted=frames.counted,
            even=frames.even,
            dropped=frames.dropped,
            order=frames.order,
            trust=frames.trust,
        )
    if not len(info) or not info.width:
        raise UserError(f"{path}: holds no frames; copy or download it again")
    if found < info.promised or (rows.failed and not info.promised):
        promise = f" of {info.promised}" if info.promised else ""
        raise UserError(
            f"{path}: cut off or damaged after frame {found}{promise}; copy or download it again"
        )
    if frames.lost and not frames.timed:
        raise UserError(
            f"{path}: frames are lost and the file does not say which; copy it again, or record "
            "into a file with time stamps (.mp4, .mkv)"
        )
    return _as_shown(info), rows


def _as_shown(info: VideoInfo) -> VideoInfo:
    """What only a decoded frame tells: its true size and turn, the shape of its pixels."""
    with opened(info.path) as container:
        stream = container.streams.video[0]
        frame = shown.first(container)
        if frame is None:
            return info
        turn = shown.turn_of(frame)
        width, height = turn.size(frame.width, frame.height)
        wide = float(stream.sample_aspect_ratio or 1)
        return replace(
            info,
            width=width,
            height=height,
            pixel_format=frame.format.name,
            turn=turn,
            aspect=1 / wide if turn.swapped else wide,
            interlaced=shown.interlaced(frame, stream),
        )


def _promised(container, rows: packets.Packets, frames: frame_list.FrameList) -> int:
    """Frames that there should be by the duration of the whole file; 0 = as many as there are.

    Sound may go on after the picture, so it is the end of all streams that tells.
    """
    if not container.duration or not frames.fps > 0:
        return 0
    missing = container.duration / av.time_base - rows.end
    least = 2 / frames.fps + 2 * float(container.streams.video[0].time_base)
    if len(container.streams) > 1:
        least = max(least, _LAST_SOUND_S)
    return len(rows) + int(missing * frames.fps) if missing > least else 0


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
    with opened(info.path) as container:
        return replace(info, bits=depth.of_samples(shown.largest(container), info.path))


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
    yield from prefetch.drawn_ahead(_from_start(settle(info or probe(path)), stride))


def _from_start(info: VideoInfo, stride: int) -> Iterator[tuple[int, np.ndarray | None]]:
    with opened(info.path) as container:
        stream = container.streams.video[0]
        threads(stream, info)
        yield from decoded(container.demux(stream), info, stride)


def threads(stream, info: VideoInfo) -> None:
    """Choose how a decoder works on several cores, before it begins."""
    stream.thread_type = "SLICE" if info.counted else "AUTO"


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
