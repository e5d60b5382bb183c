"""Video files as FFmpeg reads them, forward, frame by frame.

Frames are decoded in order from the first one: random seeking is slow and, on some files,
returns wrong pixels.  A frame is identified by its presentation time, so one that cannot be
decoded leaves a gap at its own index instead of shifting everything after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np

from leap_core.errors import UserError
from leap_core.io import frame_list, packets, pictures, shown
from leap_core.io.decoding import decoded
from leap_core.io.video_info import VideoInfo

PLAYLISTS = {"hls", "concat", "dash", "imf"}
STATES_DURATION = {"matroska", "webm", "flv", "asf", "mov", "mp4"}  # in front of the frames
_LAST_SOUND_S = 0.1  # more than a packet of sound, whose end files state in different ways
# titles and the like, which nothing here reads, may be in any encoding; PyAV 19 takes them all
_TITLES: dict[str, Any] = (
    {"metadata_errors": "replace"} if int(av.__version__.split(".")[0]) < 19 else {}
)


def file_url(path: Path) -> str:
    """FFmpeg takes ``a:b`` for a protocol, and some names for a pattern of many images."""
    return f"file:{path}"


def opened(path: Path):
    """The container of a video, ready to be decoded.

    Raises:
        UserError: not a video.
    """
    try:
        container = av.open(file_url(path), options={"protocol_whitelist": "file"}, **_TITLES)
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
            "save it in another format, with the program that made it"
        )
    shown.set_up(stream)
    return container


def listed(path: Path) -> tuple[VideoInfo, packets.Packets]:
    """A video, and the packets from which it is known, without decoding.

    Raises:
        UserError: missing, empty, not a video, cut off before its promised end, or frames are lost
            in a stream that cannot tell which ones.
    """
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
    if info.codec == "rawvideo" and "avi" in kind and info.pixel_format.startswith("rgb555"):
        raise UserError(
            f"{path}: its pixels have 16 bits and no name, which means colours of 5 bits each in "
            "AVI, but grey in some recorders; save it as `Y16`, as a TIFF stack or as FFV1"
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


def largest(path: Path) -> int:
    """The largest sample of a video whose format leaves the depth open."""
    with opened(path) as container:
        return shown.largest(container)


def forward(info: VideoInfo, stride: int) -> Iterator[tuple[int, np.ndarray | None]]:
    """Index and grey image of every frame, or of those whose index is a multiple of ``stride``.

    Raises:
        UserError: frames are lost and nothing tells which, or none can be decoded.
    """
    with opened(info.path) as container:
        stream = container.streams.video[0]
        threads(stream, info)
        yield from decoded(container.demux(stream), info, stride)


def threads(stream, info: VideoInfo) -> None:
    """Choose how a decoder works on several cores, before it begins."""
    stream.thread_type = "SLICE" if info.counted else "AUTO"
