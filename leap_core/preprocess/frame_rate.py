"""The frame rate of a video: the file's own, or the one that a person gives."""

from __future__ import annotations

from leap_core.errors import UserError
from leap_core.io.video import VideoInfo
from leap_core.timeseries import SET_FPS, known_fps

_ALIKE = 1e-3  # of the rate: no word about less


def chosen(info: VideoInfo, given: float | None) -> float:
    """Frames per second: the given ones, else the file's.

    Raises:
        UserError: none is given, and the file has no time stamps.
    """
    rate = info.fps if given is None else float(given)
    if not known_fps(rate):
        raise UserError(f"{info.path}: has no time stamps, so its frame rate is unknown; {SET_FPS}")
    return rate


def notes(info: VideoInfo, given: float | None) -> list[str]:
    """Lines for the log: where the rate comes from if not simply from the file, and what lacks."""
    lines = []
    told = f"of {info.fps:.6g} frames/s" if known_fps(info.fps) else "without time stamps"
    if given is not None and not abs(info.fps - given) <= _ALIKE * given:
        lines.append(f"{given:g} frames/s as `fps` says (the file is {told})")
    if not info.even:
        rate = info.fps if given is None else given
        lines.append(
            f"variable frame rate: frames are numbered in order and taken for {rate:.6g} frames/s"
        )
    if info.dropped:
        lines.append(missing(info.dropped))
    return lines


def missing(dropped: tuple[int, ...] | list[int]) -> str:
    """A line that names frames which were never recorded."""
    few = ", ".join(map(str, dropped[:5])) + (", ..." if len(dropped) > 5 else "")
    return (
        f"{len(dropped)} frames were never recorded ({few}); their numbers stay free, but other "
        "programs may count without them"
    )
