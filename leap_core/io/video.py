"""Reading videos forward, frame by frame, and writing small movies.

Frames are decoded in order from the first one: random seeking is slow and, on some files,
returns wrong pixels.  A frame is identified by its presentation time, so one that cannot be
decoded leaves a gap at its own index instead of shifting everything after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from leap_core.errors import UserError
from leap_core.io import frame_list, losses, packets, pictures, prefetch, shown
from leap_core.io.atomic import atomic_path
from leap_core.io.pixels import Depth
from leap_core.io.shown import Turn, grey

__all__ = ["VideoInfo", "grey", "probe", "read_frames", "settle", "write_video"]

PLAYLISTS = {"hls", "concat", "dash", "imf"}
STATES_DURATION = {"matroska", "webm", "flv", "asf", "mov", "mp4"}  # in front of the frames
_LAST_SOUND_S = 0.1  # more than a packet of sound, whose end files state in different ways
# titles and the like, which nothing here reads, may be in any encoding; PyAV 19 takes them all
_TITLES: dict[str, Any] = (
    {"metadata_errors": "replace"} if int(av.__version__.split(".")[0]) < 19 else {}
)
_HELD = 16  # more B-frames in a row no common encoder writes


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

    def __len__(self) -> int:
        return len(self.times)


def _file_url(path: Path) -> str:
    """FFmpeg takes ``a:b`` for a protocol, and some names for a pattern of many images."""
    return f"file:{path}"


def _open(path: Path):
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
    path = Path(path)
    with _open(path) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        kind = set(container.format.name.split(","))
        listed = packets.listed(container, stream)
        promised = int(stream.frames or 0)
        frames = frame_list.numbered(path, listed, kind, stream, promised)
        found = len(listed)
        if "avi" in kind and promised:
            # its index counts empty chunks too, of which a copy of another format has many
            interval = 1 / (frames.fps * stream.time_base) if frames.fps > 0 else 1
            found, promised = frames.late + len(frames.times), int(promised / interval + 1e-6)
        elif not promised and kind & STATES_DURATION:
            promised = _promised(container, listed, frames)
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
    if found < info.promised or (listed.failed and not info.promised):
        promise = f" of {info.promised}" if info.promised else ""
        raise UserError(
            f"{path}: cut off or damaged after frame {found}{promise}; copy or download it again"
        )
    if frames.lost and not frames.timed:
        raise UserError(
            f"{path}: frames are lost and the file does not say which; copy it again, or record "
            "into a file with time stamps (.mp4, .mkv)"
        )
    return _as_shown(info)


def _as_shown(info: VideoInfo) -> VideoInfo:
    """What only a decoded frame tells: its true size and turn, the shape of its pixels."""
    with _open(info.path) as container:
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


def _promised(container, listed: packets.Packets, frames: frame_list.FrameList) -> int:
    """Frames that there should be by the duration of the whole file; 0 = as many as there are.

    Sound may go on after the picture, so it is the end of all streams that tells.
    """
    if not container.duration or not frames.fps > 0:
        return 0
    missing = container.duration / av.time_base - listed.end
    least = 2 / frames.fps + 2 * float(container.streams.video[0].time_base)
    if len(container.streams) > 1:
        least = max(least, _LAST_SOUND_S)
    return len(listed) + int(missing * frames.fps) if missing > least else 0


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
    with _open(info.path) as container:
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
    yield from prefetch.drawn_ahead(_decoded(settle(info or probe(path)), stride))


def _decoded(info: VideoInfo, stride: int) -> Iterator[tuple[int, np.ndarray | None]]:
    expected = decoded = 0
    waiting = False  # for a key frame: after damage, pictures are wrong until one comes
    held: list[tuple[int, np.ndarray | None]] = []  # drawn from a frame that is yet to come
    dropped = set(info.dropped)
    with _open(info.path) as container:
        stream = container.streams.video[0]
        for k, sound, frame in _numbered(container, stream, info):
            if k < expected:
                continue
            damaged = frame.is_corrupt or any(j not in dropped for j in range(expected, k))
            if damaged:
                held = [(j, None) for j, _ in held]
            waiting = (waiting or damaged) and (frame.is_corrupt or not frame.key_frame)
            held += [(missing, None) for missing in range(expected, k) if missing % stride == 0]
            good = info.turn.size(frame.width, frame.height) == (info.width, info.height)
            good = good and sound and not frame.is_corrupt and not waiting
            if k % stride == 0:
                held.append((k, grey(frame, info.turn, info.bits, info.path) if good else None))
            expected = k + 1
            if frame.pict_type != av.video.frame.PictureType.B or len(held) > _HELD:
                decoded += sum(image is not None for _, image in held)
                yield from held
                held = []
    if any(j not in dropped for j in range(expected, len(info))):
        held = [(j, None) for j, _ in held]
    decoded += sum(image is not None for _, image in held)
    if not decoded and stride == 1:
        raise UserError(f"{info.path}: no frame can be decoded; copy or download it again")
    yield from held
    for missing in range(expected, len(info)):
        if missing % stride == 0:
            yield missing, None


def _numbered(container, stream, info: VideoInfo) -> Iterator[tuple[int, bool, av.VideoFrame]]:
    """Every frame that decodes, with its index and whether what it builds on was there.

    Packets that do not decode are passed over.

    Raises:
        UserError: frames are lost in a stream that cannot tell which ones.
    """
    stream.thread_type = "SLICE" if info.counted else "AUTO"
    key_frames = {at for at in info.trust if at >= 0}
    seen: set[int] = set()
    count = 0
    for at, frame in _by_packet(container, stream):
        if not 0 <= at < len(info.trust):
            continue
        if at in key_frames:
            seen.add(at)
        trust = info.trust[at]
        number = info.order[min(count, len(info.order) - 1) if info.counted else at]
        if number >= 0:
            yield number, trust == losses.SOUND or trust in seen, frame
        count += 1
    if info.counted and count < len(info.order):
        raise UserError(
            f"{info.path}: {len(info.order) - count} of {len(info.order)} frames cannot be decoded "
            "and the file does not say which; rewrite it with time stamps (ffmpeg -i IN OUT.mp4)"
        )


def _by_packet(container, stream) -> Iterator[tuple[int, av.VideoFrame]]:
    """Every frame that decodes, with the place of its packet in the file.

    Times may be missing, wrong, or shared by two frames: the decoder hands on the place instead.
    """
    place = 0
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.error.FFmpegError):
            return
        if packet.size:
            packet.pts, place = place, place + 1
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            continue
        for frame in frames:
            if frame.pts is not None:
                yield frame.pts, frame


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
