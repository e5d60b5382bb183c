"""Single pictures and patterns in place of a video: refused, with the folder to name instead.

FFmpeg shows one picture of them as a video of one frame.
"""

from __future__ import annotations

import itertools
import re
import shlex
from pathlib import Path

import av
from av.stream import Disposition

from leap_core.errors import UserError
from leap_core.io.readers import numbered

_BRANDS = ("avif", "heic", "heix", "mif1")  # of ISO files that hold a still picture


def found(container, path: Path) -> UserError | None:
    """The error for an open file that holds pictures and no video; None for a video."""
    name = container.format.name
    if container.streams.video[0].disposition & Disposition.attached_pic:
        return UserError(
            f"{path}: its first picture stream is a cover image; name a video, or take the one in "
            f"it out (ffmpeg -i {_quoted(path)} -map 0:V -c copy OUT.mkv)"
        )
    still = container.metadata.get("major_brand", "").strip() in _BRANDS
    pictured = name.endswith("_pipe") or name in ("image2", "gif", "ico")
    if not still and not (pictured and _single(path)):
        return None
    with path.open("rb") as file:
        start = file.read(21)
    if start[8:16] == b"WEBPVP8X" and start[20] & 2:
        return UserError(f"{path}: is an animated WebP, which is not read; save it as GIF or MP4")
    return numbered.lone(path)


def pattern(path: Path) -> UserError | None:
    """The error for a name such as ``img%04d.png`` or ``img*.png``; None for any other."""
    if not re.search(r"%\d*d|\*", path.name):
        return None
    return UserError(
        f"{path}: is a pattern of many images; name the folder that holds them, {path.parent}"
    )


def _single(path: Path) -> bool:
    """Whether a file holds one picture: streams of many in a row are videos."""
    try:
        with av.open(f"file:{path}") as container:
            packets = (packet for packet in container.demux(video=0) if packet.size)
            return len(list(itertools.islice(packets, 2))) < 2
    except av.error.FFmpegError:
        return False  # damaged: its reader says so


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))
