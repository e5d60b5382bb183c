"""Decode a whole video once and say what is in it, before anything is built on it.

What tracking needs of the whole video is taken by the way, so that it has to decode it once only.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from leap_core import threads
from leap_core.containers import Stills
from leap_core.errors import UserError
from leap_core.io import untrusted, video
from leap_core.io.pixels import Depth
from leap_core.preprocess import footage, frame_rate, stills
from leap_core.timeseries import runs

_COARSE = 8  # px, side of the squares by whose means frames are evaluated
_BLANK = 1.0  # grey levels of spread: a frame that shows nothing
_LIGHT = (5.0, 0.15)  # grey levels and share: more off the median frame is another light
_JUMP = (2.0, 10.0)  # grey levels and times the typical change: the picture moved
_UNEVEN = 0.1  # share of the typical interval between frames


@dataclass(frozen=True)
class Audited:
    """A video of which every frame was decoded.

    Attributes:
        report: as :func:`audit` gives it.
        stills: frames at a fixed stride over all of it.
    """

    report: dict[str, Any]
    stills: Stills

    @property
    def readable(self) -> np.ndarray:
        """(frame,) bool: which frames can be decoded."""
        out = np.ones(self.report["frames"], bool)
        out[_without_picture(self.report)] = False
        return out


def read(report: str | Path, kept: str | Path) -> Audited:
    """What the files of an audit hold.

    Args:
        report: JSON; kept: the stills.

    Raises:
        UserError: one is missing or damaged.
    """
    path = Path(report)
    with untrusted.reading(path, "audit", "make it again"):
        found = json.loads(path.read_text(encoding="utf-8"))
    return Audited(found, Stills.read(kept))


def check_same(info: video.VideoInfo, audited: Audited) -> None:
    """Refuse the audit of another video, as far as its size tells.

    Raises:
        UserError: it has other frames.
    """
    report = audited.report
    frames, width, height = (report[key] for key in ("frames", "width", "height"))
    same = (len(info), info.width, info.height) == (frames, width, height)
    if not same or audited.stills.images.shape[1:] != (height, width):
        raise UserError(
            f"{info.path}: its audit is that of {frames} frames of {width} x {height} px; audit "
            "this video again"
        )


def audit(path: str | Path, bits: int | None = None, ask: bool = False) -> dict[str, Any]:
    """Decode and count every frame: the report of :func:`examine`.

    Returns:
        ``frames`` in the file, ``decoded``, ``unreadable`` (indices of those that are not),
        ``dropped`` (of those which were never recorded), ``fps`` (NaN = no time stamps), ``width``,
        ``height``, ``codec``, ``pixel_format``, ``promised`` (frames that the container's index
        names; 0 = none), ``content_sha256`` of the decoded grey pixels in order, and what is
        unusual (:func:`unusual`), ``uneven`` being the number of frames that come early or late,
        ``brightest`` the highest grey level, and what the file says of its pictures
        (:func:`leap_core.preprocess.footage.facts`).

    Raises:
        UserError: as there.
    """
    return examine(path, bits, ask).report


@threads.limited()
def examine(path: str | Path, bits: int | None = None, ask: bool = False) -> Audited:
    """Decode every frame, tell what is unusual, and keep some.

    Args:
        bits: depth of samples of more than 8 bits, where the config has it.
        ask: refuse a video that leaves the depth open while ``bits`` are not given.

    Raises:
        UserError: as :func:`leap_core.io.video.probe`, no frame can be decoded, or the file leaves
            open how many bits a pixel has and it has to be asked for.
    """
    info = video.settle(video.probe(path), Depth(bits, ask))
    digest = hashlib.sha256()
    unreadable, dropped = [], set(info.dropped)
    level, spread, change = (np.full(len(info), np.nan) for _ in range(3))
    small = tuple(max(1, side // _COARSE) for side in (info.width, info.height))
    before, brightest = None, 0
    taken = stills.Collector(info)
    frames = video.read_frames(path, info)
    for k, image in tqdm(frames, total=len(info), desc="audit", unit="frame", disable=None):
        taken.see(k, image)
        if image is None:
            if k not in dropped:
                unreadable.append(k)
        else:
            digest.update(image.tobytes())
            brightest = max(brightest, int(image.max()))
            coarse = cv2.resize(image, small, interpolation=cv2.INTER_AREA).astype(np.float32)
            level[k], spread[k] = coarse.mean(), coarse.std()
            coarse -= level[k]
            if before is not None:
                change[k] = np.abs(coarse - before).mean()
            before = coarse
    kept = taken.found()
    assert kept is not None, "told by the reader"
    report = {
        "frames": len(info),
        "decoded": len(info) - len(unreadable) - len(dropped),
        "unreadable": unreadable,
        "dropped": info.dropped,
        "fps": info.fps,
        "width": info.width,
        "height": info.height,
        "codec": info.codec,
        "promised": info.promised,
        "content_sha256": digest.hexdigest(),
        "uneven": _uneven(info),
        "brightest": brightest,
        **footage.facts(info),
        **unusual(level, spread, change),
    }
    return Audited(report, kept)


def undecodable(path: str | Path) -> list[int]:
    """Frames without a picture, by an audit that was written: damaged, or never recorded."""
    with untrusted.reading(path, "audit", "make it again"):
        return _without_picture(json.loads(Path(path).read_text(encoding="utf-8")))


def _without_picture(report: dict[str, Any]) -> list[int]:
    return sorted({int(k) for name in ("unreadable", "dropped") for k in report[name]})


def unusual(
    level: np.ndarray, spread: np.ndarray, change: np.ndarray
) -> dict[str, list[list[int]]]:
    """Stretches of frames, as [first, last], that are not like the others.

    Args:
        level, spread: (frame,) mean and standard deviation of the coarse picture, grey levels.
        change: (frame,) mean absolute difference to the frame before, both without their means.

    Returns:
        ``blank`` (nothing is seen), ``light`` (brighter or darker than the median frame by more
        than 5 levels and 15 %), ``jumps`` (the picture moved, or was lit otherwise in places).
    """
    seen = np.isfinite(level)
    blank = seen & (spread < _BLANK)
    if not (seen & ~blank).any():
        return {"blank": _ranges(blank), "light": [], "jumps": []}
    typical = np.median(level[seen & ~blank])
    least, share = _LIGHT
    off = seen & ~blank & (np.abs(np.nan_to_num(level) - typical) > max(least, share * typical))
    odd = blank | off
    odd[1:] |= odd[:-1]  # and back again
    quiet = np.isfinite(change) & ~odd
    least, times = _JUMP
    jumps = np.zeros(len(level), bool)
    if quiet.any():
        limit = max(least, times * float(np.median(change[quiet])))
        jumps = quiet & (np.nan_to_num(change) > limit)
    return {"blank": _ranges(blank), "light": _ranges(off), "jumps": _ranges(jumps)}


def warnings_of(report: dict[str, Any]) -> list[str]:
    """Lines that say what is wrong with a video, for the log; none if nothing is."""
    lines = footage.warnings_of(report)
    if report["unreadable"]:
        lines.append(f"{len(report['unreadable'])} frames cannot be decoded")
    if report["dropped"]:
        lines.append(frame_rate.missing(report["dropped"]))
    if report["uneven"]:
        lines.append(f"variable frame rate: {report['uneven']} frames come early or late")
    meaning = {
        "blank": "show nothing",
        "light": "are lit otherwise than the rest",
        "jumps": "differ from the one before as if the camera or the arena had moved",
    }
    for name, text in meaning.items():
        count = sum(last - first + 1 for first, last in report[name])
        if count:
            where = ", ".join(f"{a}-{b}" if a < b else f"{a}" for a, b in report[name][:5])
            more = ", ..." if len(report[name]) > 5 else ""
            lines.append(f"{count} frames {text} ({where}{more})")
    return lines


def _ranges(mask: np.ndarray) -> list[list[int]]:
    return [[int(start), int(stop) - 1] for start, stop in runs(mask)]


def _uneven(info: video.VideoInfo) -> int:
    """Frames whose distance from the one before is not the typical one."""
    steps = np.diff(np.asarray(info.times, float))
    if not len(steps):
        return 0
    typical = np.median(steps)
    return int((np.abs(steps - typical) > max(_UNEVEN * typical, 1.0)).sum())
