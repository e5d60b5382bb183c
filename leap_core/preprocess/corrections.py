"""Mend a track by a small CSV that people write, by hand or on the page of ``leap proofread``.

    # fly 2 sits at the wall
    action,first,last,animal,other,x,y,heading_deg,reason
    flip,1200,1431,0,,,,,walks backwards
    drop,8000,8100,1,,,,,under the lid
    swap,9050,,0,1,,,,exchanged after the jump
    place,9100,9100,0,,212.5,88,90,hidden by the other
    bridge,9101,9120,0,,,,,behind the feeder

``first`` and ``last`` are frames of the video, both included; an empty ``last`` is the video's end.
"""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from leap_core.containers import Track
from leap_core.errors import UserError
from leap_core.io import csv_lines

HEADER = ["action", "first", "last", "animal", "other", "x", "y", "heading_deg", "reason"]
OLDER = [name for name in HEADER if name not in ("x", "y", "heading_deg")]
ACTIONS = ("flip", "drop", "swap", "place", "bridge", "join")
_WITH_OTHER = ("swap", "join")
_DIGITS = 12  # of a frame or an animal
_SIZES = ("area", "body_length", "body_width")
_MEASURES = ("centroid", "heading", "quality", *_SIZES)


@dataclass(frozen=True)
class Correction:
    """What is to be mended in the frames ``first`` to ``stop - 1``.

    Attributes:
        action: ``flip`` turns the heading by 180 degrees, ``drop`` makes frames invalid, ``swap``
            exchanges two animals, ``place`` puts an animal where ``x``, ``y``, ``heading`` say,
            ``bridge`` leads it from the frame before to the frame after, ``join`` gives it what
            was found of ``other``, which is not there then.
        x, y: px of the video; heading: rad, clockwise as seen, 0 = to the right; of ``place``.
        where: names it in messages.
    """

    action: str
    first: int
    stop: int
    animal: int
    other: int | None = None
    x: float | None = None
    y: float | None = None
    heading: float | None = None
    reason: str = ""
    where: str = field(default="", compare=False)


def read(path: str | Path, animals: int, frames: int) -> list[Correction]:
    """The corrections of one video.

    Args:
        animals, frames: of its track.

    Raises:
        UserError: names the line with an unknown action, a frame or animal that is not there, or a
            place that is no number.
    """
    lines = csv_lines.entries(path, HEADER, 2, "corrections", older=OLDER)
    return [parsed(cells, animals, frames, f"{path} line {number}") for number, cells in lines]


def parsed(cells: list[str], animals: int, frames: int, where: str) -> Correction:
    """One correction from its cells, in the order of ``HEADER``.

    Args:
        where: names the line in messages.

    Raises:
        UserError: as :func:`read`.
    """
    action, first, last, animal, other, x, y, heading, reason = cells
    if action not in ACTIONS:
        raise UserError(f"{where}: no action {action!r}; there are {', '.join(ACTIONS)}")
    begin = _number(where, "frame", first, frames)
    end = frames if not last else _number(where, "frame", last, frames) + 1
    if end <= begin:
        raise UserError(f"{where}: frames {first} to {last} are none; exchange them")
    one = _number(where, "animal", animal or "0", animals)
    two = None
    if action in _WITH_OTHER:
        two = _number(where, "animal", other, animals)
        if two == one:
            raise UserError(f"{where}: animals {one} and {two} are the same; correct `other`")
    elif other:
        raise UserError(f"{where}: {action} concerns one animal; leave `other` empty")
    if action == "place":
        named = {"x": x, "y": y, "heading_deg": heading}
        at, down, turn = (_measure(where, name, text) for name, text in named.items())
        return Correction(
            action, begin, end, one, None, at, down, math.radians(turn % 360), reason, where
        )
    if x or y or heading:
        raise UserError(f"{where}: only `place` has x, y and heading_deg; leave them empty")
    return Correction(action, begin, end, one, two, reason=reason, where=where)


def _number(where: str, what: str, text: str, count: int) -> int:
    if not text.isdecimal() or len(text) > _DIGITS or int(text) >= count:
        raise UserError(
            f"{where}: {what} {text!r} is not there (0 to {count - 1}); correct the line"
        )
    return int(text)


def _measure(where: str, name: str, text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise UserError(f"{where}: place needs a number for {name}, got {text!r}; correct the line")
    return found


def inserted(text: str, index: int, correction: Correction, frames: int) -> str:
    """The text of a table with one more correction; comments stay where they are.

    Args:
        text: of the file, empty where there is none.
        index: of the corrections that it comes before; as many as there are = at the end.
        frames: of the video; a correction that ends there has an empty ``last``.
    """
    lines, at = _rows(text)
    place = at[index] if index < len(at) else len(lines)
    return "\n".join([*lines[:place], _row(correction, frames), *lines[place:]]) + "\n"


def removed(text: str, index: int) -> str:
    """The text of a table without one of its corrections; comments stay."""
    lines, at = _rows(text)
    return "\n".join(lines[: at[index]] + lines[at[index] + 1 :]) + "\n"


def _rows(text: str) -> tuple[list[str], list[int]]:
    """Lines of a table under the header of today, and which of them are corrections."""
    lines: list[str] = []
    at: list[int] = []
    header: list[str] | None = None
    for line in text.removeprefix("\ufeff").splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            cells = [cell.strip() for cell in next(csv.reader([line]))]
            if header is None:
                header, cells = cells, HEADER
            else:
                named = dict(zip(header, cells, strict=True))
                cells = [named.get(name, "") for name in HEADER]
                at.append(len(lines))
            line = _joined(cells)
        lines.append(line)
    return (lines, at) if header else ([*lines, _joined(HEADER)], at)


def _joined(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(cells)
    return out.getvalue()


def _row(item: Correction, frames: int) -> str:
    degrees = "" if item.heading is None else _short(math.degrees(item.heading) % 360)
    last = "" if item.stop == frames else str(item.stop - 1)
    other = "" if item.other is None else str(item.other)
    put = ["" if value is None else _short(value) for value in (item.x, item.y)]
    reason = " ".join(item.reason.split())
    return _joined(
        [item.action, str(item.first), last, str(item.animal), other, *put, degrees, reason]
    )


def _short(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")


def apply(track: Track, corrections: list[Correction]) -> Track:
    """The track with the corrections made, one after the other.

    A heading that a person has set is sure: its quality is 1.  Headings stay continuous in time.

    Raises:
        UserError: an animal is to be bridged from or to a frame in which it is not found, or
            placed outside the image.
    """
    if not corrections:
        return track
    parts = {
        name: getattr(track, name).copy()
        for name in ("valid", *_MEASURES)
        if getattr(track, name) is not None
    }
    typical = {name: _typical(parts[name]) for name in _SIZES if name in parts}
    for item in corrections:
        _check_inside(track, item)
        _mend(parts, item, {name: sizes[item.animal] for name, sizes in typical.items()})
    for heading in parts["heading"]:
        known = np.isfinite(heading)
        heading[known] = np.unwrap(heading[known])
    return replace(track, **parts)


def _typical(sizes: np.ndarray) -> list[float]:
    """Of each animal, or of all where it was never found; NaN where none was."""
    known = [row[np.isfinite(row)] for row in sizes]
    both = np.concatenate(known)
    found = (own if len(own) else both for own in known)
    return [float(np.median(values)) if len(values) else math.nan for values in found]


def _check_inside(track: Track, item: Correction) -> None:
    if item.x is None or item.y is None or not track.width or not track.height:
        return
    if not (-0.5 <= item.x <= track.width - 0.5 and -0.5 <= item.y <= track.height - 0.5):
        raise UserError(
            f"{item.where or 'place'}: x, y {item.x:g}, {item.y:g} is outside the image of "
            f"{track.width} x {track.height} px; correct them"
        )


def _mend(parts: dict[str, np.ndarray], item: Correction, typical: dict[str, float]) -> None:
    """Make one correction in place; ``typical`` are the animal's own area, length and width."""
    frames = slice(item.first, item.stop)
    one = item.animal
    two = one if item.other is None else item.other
    if item.action == "swap":
        for values in parts.values():
            values[[one, two], frames] = values[[two, one], frames]
    elif item.action == "flip":
        parts["heading"][one, frames] += np.pi
        parts["quality"][one, frames] = np.where(parts["valid"][one, frames], 1.0, np.nan)
    elif item.action == "place":
        for name, size in typical.items():  # what was found there may have been another thing
            parts[name][one, frames] = size
        parts["centroid"][one, frames] = item.x, item.y
        parts["heading"][one, frames] = item.heading
        parts["quality"][one, frames] = 1.0
        parts["valid"][one, frames] = True
    elif item.action == "bridge":
        _bridge(parts, item)
    elif item.action == "join":
        there = np.flatnonzero(parts["valid"][two, frames]) + item.first
        for values in parts.values():
            values[one, there] = values[two, there]
        _drop(parts, two, frames)
    else:
        _drop(parts, one, frames)


def _drop(parts: dict[str, np.ndarray], animal: int, frames: slice) -> None:
    parts["valid"][animal, frames] = False
    for name in parts.keys() - {"valid"}:
        parts[name][animal, frames] = np.nan


def _bridge(parts: dict[str, np.ndarray], item: Correction) -> None:
    """Between the frames before and after: straight, and turning the shorter way."""
    one, before, after = item.animal, item.first - 1, item.stop
    count = parts["valid"].shape[1]
    for frame in (before, after):
        if not 0 <= frame < count or not parts["valid"][one, frame]:
            raise UserError(
                f"{item.where or 'bridge'}: animal {one} is not found in frame {frame}, where the "
                "bridge would rest; widen it, or `place` the animal there first"
            )
    share = (np.arange(item.first, item.stop) - before) / (after - before)
    for name in parts.keys() - {"valid", "heading", "quality"}:
        values = parts[name][one]
        weight = share[:, None] if values.ndim == 2 else share
        values[item.first : item.stop] = (1 - weight) * values[before] + weight * values[after]
    heading, quality = parts["heading"][one], parts["quality"][one]
    turn = np.angle(np.exp(1j * (heading[after] - heading[before])))
    heading[item.first : item.stop] = heading[before] + share * turn
    quality[item.first : item.stop] = min(quality[before], quality[after])
    parts["valid"][one, item.first : item.stop] = True
