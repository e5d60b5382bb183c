"""What the file of a video says of its pictures that a person should know."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from leap_core.io.video import VideoInfo

# an aspect nearer to 1 comes from rounding when a video is scaled (1 % in a public one) and turns
# directions by half a degree at most
_SQUARE = 0.02
_DARK = 64  # grey levels: deep footage without any brighter pixel has another depth, or no light


def facts(info: VideoInfo) -> dict[str, Any]:
    """Of the pictures of a video, as plain builtins: what :func:`warnings_of` looks at."""
    return {
        "pixel_format": info.pixel_format,
        "bits": info.bits,
        "turned": info.turn.degrees,
        "mirrored": info.turn.mirrored,
        "oblique": info.turn.oblique,
        "aspect": round(info.aspect, 4),
        "interlaced": info.interlaced,
        "remarks": list(info.remarks),
    }


def notes_of(found: Mapping[str, Any]) -> list[str]:
    """Lines that say how the pictures are read, where there is something to say."""
    lines = list(found.get("remarks", ()))
    if found["bits"]:
        white = (1 << found["bits"]) - 1
        lines.append(f"{found['pixel_format']} is read as {found['bits']} bits: white is {white}")
    if found["turned"] and not found["mirrored"]:
        lines.append(
            f"frames are turned by {found['turned']} degrees clockwise, as the file's display "
            "matrix says and other players do"
        )
    return lines


def warnings_of(found: Mapping[str, Any]) -> list[str]:
    """Lines that say what may go wrong with such pictures, and what to do about it."""
    lines = []
    if found["mirrored"]:
        lines.append(
            f"frames are mirrored and turned by {found['turned']} degrees, as the file's display "
            "matrix says and FFmpeg does; OpenCV does not mirror them, so labels that were made "
            "with it do not fit"
        )
    if found["oblique"]:
        lines.append("the display matrix asks for an angle other than 90, 180 or 270: not turned")
    aspect = found["aspect"]
    if abs(aspect - 1) > _SQUARE:
        ratio = Fraction(aspect).limit_denominator(100)
        size = "iw*sar:ih" if aspect > 1 else "iw:ih/sar"
        lines.append(
            f"pixels are not square, but {ratio.numerator}:{ratio.denominator} (width:height); "
            "frames are taken as they are stored, where labels of other tools fit, so angles are "
            "wrong, and so are distances unless they go along the axis on which `px_per_mm` was "
            f"measured; for right ones scale the video before labeling (ffmpeg -i IN -vf "
            f"scale={size},setsar=1 -crf 10 OUT.mp4)"
        )
    if found["interlaced"]:
        lines.append(
            "frames are interlaced, woven of two half pictures of different moments: edges that "
            "move look like combs; keep one of the two before labeling (ffmpeg -i IN -vf "
            "yadif=send_frame -crf 10 OUT.mp4)"
        )
    if found["bits"] and found.get("brightest", 255) < _DARK:
        lines.append(f"no pixel is brighter than {found['brightest']} of 255: is `bits` right?")
    return lines
