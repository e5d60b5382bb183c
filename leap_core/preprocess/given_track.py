"""The track that another program made: read, brought to pixels of the video, one reading declared.

A file says where animals are, and sometimes where they head, in conventions that it seldom states.
:class:`Reading` holds them; the footage is asked whether they are right (:mod:`track_footage`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

import numpy as np

from leap_core import config
from leap_core.errors import UserError
from leap_core.formats import (
    animalta,
    bonsai,
    ctrax,
    ethovision,
    fasttrack,
    flytracker,
    idtracker,
    jaaba,
    pose_tracks,
    raw_tracks,
    toxtrac,
    track_csv,
    trex,
)
from leap_core.formats.raw_labels import peek
from leap_core.formats.raw_tracks import RawTrack
from leap_core.io import untrusted

_OTHER_RATE = 0.1  # of the rate, and of the length
# A new format is one module with `recognizes` and `read_track`, and one line here.
FORMATS: dict[str, ModuleType] = {
    "trx": jaaba,
    "flytracker": flytracker,
    "ctrax": ctrax,
    "trex": trex,
    "idtracker": idtracker,
    "toxtrac": toxtrac,
    "animalta": animalta,
    "fasttrack": fasttrack,
    "ethovision": ethovision,
    "bonsai": bonsai,
    "csv": track_csv,
}


@dataclass(frozen=True)
class Given:
    """Files of another program, and what a config says of them; None = as the format has it."""

    paths: tuple[Path, ...]
    format: str = "auto"
    y: str | None = None
    angle: str | None = None
    scale: float | None = None
    counts_from: int | None = None
    parts: str | None = None
    corner: str | None = None


@dataclass(frozen=True)
class Reading:
    """How the numbers of a file become pixels of the video.

    Attributes:
        y: ``down`` or ``up``; angle: ``clockwise`` or ``counterclockwise``, as seen in the image.
        scale: px of the video a unit of the file.
        counts_from: number of the first frame and pixel.
        corner: (x, y) px of the video that are added: where an arena or a crop begins.
    """

    y: str
    angle: str
    scale: float
    counts_from: int
    corner: tuple[float, float] = (0.0, 0.0)


def of_video(video: config.Video, paths: Sequence[str | Path]) -> Given | None:
    """What a config says of the track of a video; None where it names no files."""
    if not paths:
        return None
    return Given(
        tuple(Path(path) for path in paths),
        video.track_format,
        video.track_y,
        video.track_angle,
        video.track_scale,
        video.track_from,
        video.track_parts,
        video.track_corner,
    )


def read(given: Given, animals: int = 1) -> RawTrack:
    """All animals of the files, each file's after those of the one before.

    Args:
        animals: that there should be; not checked (:func:`check_animals`).

    Raises:
        UserError: missing or broken files, another format, or files that differ in kind.
    """
    found = [_read(path, given, animals) for path in given.paths]
    if len(found) == 1:
        return found[0]
    first, path = found[0], given.paths[0]
    for other, name in zip(found[1:], given.paths[1:], strict=True):
        alike = [(raw.heading is None, raw.units, raw.counts_from) for raw in (first, other)]
        same = np.isclose(first.px_per_unit, other.px_per_unit, equal_nan=True)
        if alike[0] != alike[1] or not same:
            raise UserError(
                f"{name}: differs from {path.name} in units, scale or columns; export all animals "
                "at once"
            )
    columns = {
        "x": [row for raw in found for row in raw.centroid[..., 0]],
        "y": [row for raw in found for row in raw.centroid[..., 1]],
    }
    if first.heading is not None:
        columns["heading"] = [
            row for raw in found if raw.heading is not None for row in raw.heading
        ]
    begins = [raw.first for raw in found for _ in raw.centroid]
    start, laid = raw_tracks.laid_out(path, begins, columns)
    return replace(
        first,
        centroid=np.stack([laid["x"], laid["y"]], -1),
        heading=laid.get("heading"),
        first=start,
        names=tuple(name for raw in found for name in raw.names),
    )


def _read(path: Path, given: Given, animals: int) -> RawTrack:
    if not path.is_file():
        raise UserError(f"{path}: no such track; correct `track_file` or set LEAP_DATA")
    head = peek(path)
    remedy = "export it again, or write a CSV with columns frame,animal,x,y,heading_deg"
    with untrusted.reading(path, "track", remedy):
        known = [name for name, module in FORMATS.items() if module.recognizes(head)]
        known += [name for name, sees in pose_tracks.RECOGNIZES.items() if sees(head)]
    if not known:
        there = ", ".join((*FORMATS, *pose_tracks.RECOGNIZES))
        raise UserError(
            f"{path}: no track of a known format ({there}); write a CSV with columns "
            "frame,animal,x,y,heading_deg"
        )
    if given.format not in ("auto", known[0]):
        raise UserError(f"{path}: this is {known[0]}, not {given.format}; say `track_format: auto`")
    with untrusted.reading(path, f"{known[0]} track", remedy):
        if known[0] in FORMATS:
            raw = FORMATS[known[0]].read_track(path)
        else:
            raw = pose_tracks.read_track(path, known[0], given.parts, animals)
        lost = ~np.isfinite(raw.centroid).all(-1)
        if raw.centroid.shape[2] != 2 or lost.all():
            raise UserError(f"{path}: holds no place of any animal; export it again")
    centroid = np.where(lost[..., None], np.nan, raw.centroid)
    heading = None if raw.heading is None else np.where(lost, np.nan, raw.heading)
    return replace(raw, centroid=centroid, heading=heading)


def check_animals(given: Given, raw: RawTrack, animals: int) -> None:
    """Who is who is never guessed: as many tracks as animals.

    Raises:
        UserError: tells how many there are, and how long some of them last.
    """
    count = len(raw.centroid)
    if count == animals:
        return
    seen = np.isfinite(raw.centroid[..., 0])
    some = []
    for name, row in list(zip(raw.names, seen, strict=True))[:4]:
        at = np.flatnonzero(row) + raw.first
        some.append(f"{name}: frames {at[0]} to {at[-1]}" if len(at) else f"{name}: none")
    more = ", ..." if count > 4 else ""
    remedy = f"set `animals: {count}`"
    if given.paths[0].suffix == ".npz" and count < animals:
        remedy += ", or name the first of files that end in _fish0.npz or _id0.npz, one an animal"
    elif count > animals:
        remedy += ", or join fragments of one animal, and leave out false ones, in that program"
    raise UserError(
        f"{given.paths[0]}: holds {count} tracks ({'; '.join(some)}{more}), but `animals` is "
        f"{animals}; {remedy}"
    )


def declared(given: Given, raw: RawTrack, px_per_mm: float | None) -> Reading:
    """The reading that the config asks for, or the format has.

    The scale is NaN where lengths are in cm and nothing tells how long that is.
    """
    y = given.y or raw.y
    follows = "clockwise" if y == "down" else "counterclockwise"
    scale = given.scale
    if scale is None and raw.units == "px":
        scale = 1.0
    if scale is None:
        scale = raw.px_per_unit
        if not np.isfinite(scale) and px_per_mm is not None:
            scale = 10 * px_per_mm
    counts = raw.counts_from if given.counts_from is None else given.counts_from
    x_corner, y_corner = (float(cell) for cell in (given.corner or "0,0").split(","))
    angle = given.angle or raw.angle or follows
    return Reading(y, angle, float(scale), counts, (x_corner, y_corner))


def places(raw: RawTrack, reading: Reading, size: tuple[int, int]) -> np.ndarray:
    """Centers (animal, frame, xy) of the file's frames, px of the video from 0, y down.

    Args:
        size: (width, height) of the video, px.
    """
    counted = reading.counts_from if raw.units == "px" and not raw.middle else 0
    out = (raw.centroid - counted) * reading.scale
    if reading.y == "up":
        out[..., 1] *= -1
    return out + origin(raw, reading, size)


def origin(raw: RawTrack, reading: Reading, size: tuple[int, int]) -> np.ndarray:
    """Where (x, y) px of the video the place lies that the file counts from."""
    last = np.array(size) - 1
    at = last / 2 if raw.middle else last * [0, reading.y == "up"]
    return at + reading.corner


def headings(raw: RawTrack, reading: Reading) -> np.ndarray:
    """(animal, frame) rad as seen in the image, NaN where the file has none."""
    if raw.heading is None:
        return np.full(raw.centroid.shape[:2], np.nan)
    return raw.heading if reading.angle == "clockwise" else -raw.heading


def on_frames(
    path: Path, raw: RawTrack, reading: Reading, frames: int, values: np.ndarray
) -> np.ndarray:
    """Values (animal, frame of the file, ...) as (animal, frame of the video, ...), NaN elsewhere.

    Raises:
        UserError: frames lie as they do where the other number is counted from.
    """
    first = raw.first - reading.counts_from
    stop = first + values.shape[1]
    if first < 0:
        raise UserError(
            f"{path}: its first frame is {raw.first}, so it does not count from "
            f"{reading.counts_from}; set `track_from: {raw.first}`"
        )
    if reading.counts_from == 0 and first == 1 and stop == frames + 1:
        raise UserError(
            f"{path}: its frames are {first} to {frames}, those of the video 0 to {frames - 1}; "
            "set `track_from: 1`"
        )
    out = np.full((len(values), frames, *values.shape[2:]), np.nan)
    kept = values[:, : max(frames - first, 0)]
    out[:, first : first + kept.shape[1]] = kept
    return out


def check_rate(path: Path, raw: RawTrack, frames: int, fps: float) -> None:
    """Whether each frame of the video was tracked.

    Raises:
        UserError: the file's times say that only some were, and it is as much shorter.
    """
    share = raw.rate / fps
    if not abs(share - 1) > _OTHER_RATE:
        return
    count = raw.first + raw.centroid.shape[1]
    if abs(count / (frames * share) - 1) < _OTHER_RATE:
        raise UserError(
            f"{path}: has {raw.rate:.4g} places a second, the video {fps:.4g} frames; track every "
            "frame in that program"
        )


def length_note(raw: RawTrack, reading: Reading, frames: int) -> str | None:
    """What to say where a track covers other frames than the video has; else None."""
    first = raw.first - reading.counts_from
    last = first + raw.centroid.shape[1] - 1
    if first == 0 and last == frames - 1:
        return None
    # programs leave out what comes before an animal was found
    kind = "note: " if first > 0 and last < frames else ""
    return (
        f"{kind}it goes from frame {first} to {last}, the video from 0 to {frames - 1}: is it the "
        "track of this video, whole and uncut?"
    )
