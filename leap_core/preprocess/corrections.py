"""Mend a track by a small CSV that people write while they look at its pictures.

    # fly 2 sits at the wall
    action,first,last,animal,other,reason
    flip,1200,1431,0,,walks backwards
    drop,8000,8100,1,,under the lid
    swap,9050,,0,1,exchanged after the jump

``first`` and ``last`` are frames of the video, both included; an empty ``last`` is the video's end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from leap_core.containers import Track
from leap_core.errors import UserError
from leap_core.io import csv_lines

HEADER = ["action", "first", "last", "animal", "other", "reason"]
ACTIONS = ("flip", "drop", "swap")


@dataclass(frozen=True)
class Correction:
    """``flip`` turns the heading by 180 degrees, ``drop`` makes frames invalid, ``swap`` exchanges
    two animals, in the frames ``first`` to ``stop - 1``."""

    action: str
    first: int
    stop: int
    animal: int
    other: int | None = None


def read(path: str | Path, animals: int, frames: int) -> list[Correction]:
    """The corrections of one video.

    Args:
        animals, frames: of its track.

    Raises:
        UserError: names the line with an unknown action, or a frame or animal that is not there.
    """
    found = []
    for number, (action, first, last, animal, other, _) in csv_lines.entries(
        path, HEADER, 2, "corrections"
    ):
        place = f"{path} line {number}"
        if action not in ACTIONS:
            raise UserError(f"{place}: no action {action!r}; there are {', '.join(ACTIONS)}")
        begin = _number(place, "frame", first, frames)
        end = frames if not last else _number(place, "frame", last, frames) + 1
        if end <= begin:
            raise UserError(f"{place}: frames {first} to {last} are none; exchange them")
        one = _number(place, "animal", animal or "0", animals)
        two = None
        if action == "swap":
            two = _number(place, "animal", other, animals)
            if two == one:
                raise UserError(f"{place}: animals {one} and {two} are the same; correct `other`")
        elif other:
            raise UserError(f"{place}: {action} concerns one animal; leave `other` empty")
        found.append(Correction(action, begin, end, one, two))
    return found


def _number(place: str, what: str, text: str, count: int) -> int:
    if not text.isdecimal() or int(text) >= count:
        raise UserError(
            f"{place}: {what} {text!r} is not there (0 to {count - 1}); correct the line"
        )
    return int(text)


def apply(track: Track, corrections: list[Correction]) -> Track:
    """The track with the corrections made, one after the other.

    A heading that a person has set is sure: its quality is 1.  Headings stay continuous in time.
    """
    if not corrections:
        return track
    names = ("centroid", "heading", "valid", "area", "quality")
    parts = {name: getattr(track, name).copy() for name in names}
    for item in corrections:
        frames = slice(item.first, item.stop)
        if item.action == "swap":
            for values in parts.values():
                values[[item.animal, item.other], frames] = values[
                    [item.other, item.animal], frames
                ]
        elif item.action == "flip":
            parts["heading"][item.animal, frames] += np.pi
            parts["quality"][item.animal, frames] = np.where(
                parts["valid"][item.animal, frames], 1.0, np.nan
            )
        else:
            parts["valid"][item.animal, frames] = False
            for name in ("centroid", "heading", "area", "quality"):
                parts[name][item.animal, frames] = np.nan
    for heading in parts["heading"]:
        known = np.isfinite(heading)
        heading[known] = np.unwrap(heading[known])
    return replace(track, **parts)
