"""Pictures in place of a video: stacks, numbered images and single ones are refused with a remedy.

FFmpeg shows one picture of them as a video of one frame.
"""

from __future__ import annotations

import itertools
import re
import shlex
from collections import defaultdict
from pathlib import Path

import av
from av.stream import Disposition

from leap_core.errors import UserError
from leap_core.io import untrusted

SUFFIXES = {".bmp", ".exr", ".gif", ".hdr", ".jp2", ".jpeg", ".jpg", ".jxl", ".pbm", ".pgm"} | {
    *(".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp")
}
_BRANDS = ("avif", "heic", "heix", "mif1")  # of ISO files that hold a still picture
_NUMBERED = re.compile(r"(.*?)(\d+)(\.\w+)")
_WRITE = "-c:v ffv1"  # loses nothing, whatever the depth


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
    return _tiff(path) if name == "tiff_pipe" else _lone(path)


def folder(path: Path) -> UserError:
    """The error for a folder: how its numbered images become a video."""
    series = _series(path)
    if series is None:
        return UserError(f"{path}: is a folder without numbered images; name a video file")
    return _sequence(path, *series)


def pattern(path: Path) -> UserError | None:
    """The error for a name such as ``img%04d.png`` or ``img*.png``; None for any other."""
    if not re.search(r"%\d*d|\*", path.name):
        return None
    number = "-pattern_type glob " if "*" in path.name else ""
    return UserError(
        f"{path}: is a pattern of many images, no video; make one of them: "
        f"ffmpeg -framerate FPS {number}-i {_quoted(path)} {_WRITE} OUT.mkv"
    )


def _single(path: Path) -> bool:
    """Whether a file holds one picture: streams of many in a row are videos."""
    try:
        with av.open(f"file:{path}") as container:
            packets = (packet for packet in container.demux(video=0) if packet.size)
            return len(list(itertools.islice(packets, 2))) < 2
    except av.error.FFmpegError:
        return False  # damaged: its reader says so


def _series(place: Path, name: str = "") -> tuple[list[Path], str, bool] | None:
    """The largest series of numbered images in a folder, or that of one of them.

    Returns:
        files in order, their pattern as FFmpeg has it, whether numbers are missing between them.
    """
    groups: dict[tuple[str, str, int], list[tuple[int, Path]]] = defaultdict(list)
    for file in place.iterdir():
        match = _NUMBERED.fullmatch(file.name)
        if match and file.suffix.lower() in SUFFIXES and file.is_file():
            digits = match[2]
            # names without leading zeros grow longer with their numbers
            width = len(digits) if digits.startswith("0") else 0
            groups[match[1], match[3], width].append((int(digits), file))
    for (before, suffix, width), files in list(groups.items()):
        if width and (more := groups.get((before, suffix, 0))):
            files += [(k, file) for k, file in more if len(str(k)) >= width]
    groups = {
        key: files
        for key, files in groups.items()
        if len(files) > 1 and (not name or any(file.name == name for _, file in files))
    }
    if not groups:
        return None
    (before, suffix, width), files = max(groups.items(), key=lambda group: len(group[1]))
    files.sort()
    numbers = [k for k, _ in files]
    gaps = numbers != list(range(numbers[0], numbers[0] + len(numbers)))
    number = f"%0{width}d" if width else "%d"
    return [file for _, file in files], f"{before.replace('%', '%%')}{number}{suffix}", gaps


def _sequence(path: Path, files: list[Path], name: str, gaps: bool) -> UserError:
    place = files[0].parent
    what = f"{len(files)} numbered images ({files[0].name} to {files[-1].name})"
    kind = f"is a folder of {what}" if path.is_dir() else f"is one of {what}"
    if gaps:
        return UserError(
            f"{path}: {kind}, no video, and some numbers are missing; number them without gaps "
            f"and make one of them: ffmpeg -framerate FPS -i {name} {_WRITE} OUT.mkv"
        )
    first = int(re.findall(r"\d+", files[0].stem)[-1])
    start = f"-start_number {first} " if first else ""
    where = _quoted(Path(str(place).replace("%", "%%")) / name)
    return UserError(
        f"{path}: {kind}, no video; make one of them with their frame rate: "
        f"ffmpeg -framerate FPS {start}-i {where} {_WRITE} OUT.mkv"
    )


def _tiff(path: Path) -> UserError:
    import tifffile  # slow to import, and only TIFFs need it

    try:
        with tifffile.TiffFile(path) as file:
            pages, series = len(file.pages), file.series[0]
            axes, shape, kind = series.axes.replace("S", ""), series.shape, str(series.dtype)
            # ImageJ writes large stacks behind the header of one page
            frames = pages if pages > 1 or len(axes) < 3 else shape[0]
    except (*untrusted.DAMAGE, tifffile.TiffFileError):
        return _lone(path)
    if frames == 1:
        return _lone(path)
    what = f"{path}: is a TIFF stack of {frames} pages, no video"
    if len(axes) != 3 or kind not in ("uint8", "uint16"):
        return UserError(
            f"{what}; it is {kind} of axes {series.axes} {shape}: save it as grey pages (time, y, "
            "x) of uint8 or uint16, and try again for the commands that make a video of it"
        )
    name = "sys.argv[1]"
    images = f"tifffile.imread({name})" if pages == 1 else f"cv2.imreadmulti({name}, flags=-1)[1]"
    write = f"[cv2.imwrite(f'pages/{{k:06}}.png', p) for k, p in enumerate({images})]"
    code = f'python -c "import cv2, sys{", tifffile" if pages == 1 else ""}; {write}"'
    return UserError(
        f"{what}; make one of them with their frame rate: mkdir pages && {code} "
        f"{_quoted(path.resolve())} && ffmpeg -framerate FPS -i pages/%06d.png {_WRITE} OUT.mkv"
    )


def _lone(path: Path) -> UserError:
    """A picture by itself, or one of the numbered images beside it."""
    real = path.resolve()
    if series := _series(real.parent, real.name):
        return _sequence(path, *series)
    with path.open("rb") as file:
        start = file.read(21)
    if start[8:16] == b"WEBPVP8X" and start[20] & 2:
        return UserError(f"{path}: is an animated WebP, which is not read; save it as GIF or MP4")
    return UserError(f"{path}: is a single picture, no video; name a video")


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))
