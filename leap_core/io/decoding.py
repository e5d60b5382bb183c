"""From the packets of a video to grey images."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import av
import numpy as np

from leap_core.errors import UserError
from leap_core.io import losses
from leap_core.io.shown import grey
from leap_core.io.video_info import VideoInfo

_HELD = 16  # more B-frames in a row no common encoder writes


def decoded(
    found: Iterable[av.Packet], info: VideoInfo, stride: int = 1, *, place: int = 0, since: int = 0
) -> Iterator[tuple[int, np.ndarray | None]]:
    """As :func:`leap_core.io.video.read_frames`, from packets of a video.

    Args:
        found: packets of the stream, in the order of the file.
        place: of the first of them in the file: 0, or one with a key frame on which all frames
            with later numbers build, and none before; then frames come from its own on.
        since: frames before this one are decoded, and do not come.

    Raises:
        UserError: as there.
        NoKeyFrame: there is a place, and the first frame to come is not that key frame.
    """
    expected = first = info.order[place] if place else 0
    some = False
    waiting = False  # for a key frame: after damage, pictures are wrong until one comes
    held: list[tuple[int, np.ndarray | None]] = []  # drawn from a frame that is yet to come
    dropped = set(info.dropped)
    for k, sound, frame in _numbered(found, info, place):
        if k < expected:
            continue
        if place and expected == first and (k > first or frame.is_corrupt or not frame.key_frame):
            raise NoKeyFrame(place)
        damaged = frame.is_corrupt or any(j not in dropped for j in range(expected, k))
        if damaged:
            held = [(j, None) for j, _ in held]
        waiting = (waiting or damaged) and (frame.is_corrupt or not frame.key_frame)
        held += [(j, None) for j in range(max(expected, since), k) if j % stride == 0]
        good = info.turn.size(frame.width, frame.height) == (info.width, info.height)
        good = good and sound and not frame.is_corrupt and not waiting
        if k % stride == 0 and k >= since:
            held.append((k, grey(frame, info.turn, info.bits, info.path) if good else None))
        expected = k + 1
        if frame.pict_type != av.video.frame.PictureType.B or len(held) > _HELD:
            some = some or any(image is not None for _, image in held)
            yield from held
            held = []
    if any(j not in dropped for j in range(expected, len(info))):
        held = [(j, None) for j, _ in held]
    some = some or any(image is not None for _, image in held)
    if not (some or since or place) and stride == 1:
        raise UserError(f"{info.path}: no frame can be decoded; copy or download it again")
    yield from held
    for missing in range(max(expected, since), len(info)):
        if missing % stride == 0:
            yield missing, None


class NoKeyFrame(Exception):
    """Decoding cannot begin at a place of a file."""


def _numbered(
    found: Iterable[av.Packet], info: VideoInfo, place: int
) -> Iterator[tuple[int, bool, av.VideoFrame]]:
    """Every frame that decodes, with its index and whether what it builds on was there.

    Packets that do not decode are passed over.

    Raises:
        UserError: frames are lost in a stream that cannot tell which ones.
    """
    key_frames = {at for at in info.trust if at >= 0}
    seen: set[int] = set()
    count = 0
    for at, frame in _by_packet(found, place, key_frames):
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


def _by_packet(
    found: Iterable[av.Packet], place: int, anew: set[int]
) -> Iterator[tuple[int, av.VideoFrame]]:
    """Every frame that decodes, with the place of its packet in the file.

    Times may be missing, wrong, or shared by two frames: the decoder hands on the place instead.

    Args:
        anew: places of key frames after a loss.  There the decoder forgets what it has: pictures
            from before the loss would be taken for those that never came.
    """
    packets = iter(found)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.error.FFmpegError):
            return
        if packet.size:
            if place in anew:
                yield from _rest(packet.stream.codec_context)
            packet.pts, place = place, place + 1
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            continue
        for frame in frames:
            if frame.pts is not None:
                yield frame.pts, frame


def _rest(decoder: av.VideoCodecContext) -> Iterator[tuple[int, av.VideoFrame]]:
    """What a decoder still holds; then it is as new."""
    try:
        frames = decoder.decode(None)
    except av.error.FFmpegError:
        frames = []
    decoder.flush_buffers()
    for frame in frames:
        if frame.pts is not None:
            yield frame.pts, frame
