"""Raw data that EthoVision XT exports as text: a file for each subject, a row for each sample.

By default places are in cm from the middle of the image, y up, and angles in degrees, with y.
Samples come at an even rate, which may be lower than the video's.  `Trial time` counts from the
start of the trial, as a video does; `Recording time` from the first sample of the track, which by
default comes a second after the animal was seen.
"""

from __future__ import annotations

import csv
import re
import zipfile
from pathlib import Path

import numpy as np

from leap_core.errors import UserError
from leap_core.formats import raw_tracks
from leap_core.formats.raw_labels import Head
from leap_core.formats.raw_poses import NAN
from leap_core.formats.raw_tracks import RawTrack
from leap_core.io.untrusted import DAMAGE, reading

_REMEDY = "export it again from EthoVision: Raw Data, Unicode text, `-` for missing values"
_FIRST = re.compile(r'"?number of header lines:?"?([;,\t|])', re.IGNORECASE)
_ZIP = b"PK\x03\x04"
_MOST_LINES = 1000  # of a header
_CM = {"cm": 1.0, "mm": 0.1, "m": 100.0, "in": 2.54, "inch": 2.54}
_PLACE = ("x center", "y center")
_ENDS = ("x nose", "y nose", "x tail", "y tail")
_TURNS = ("direction", "head direction")  # "heading" is the direction of movement
_UNEVEN = 0.6  # of the distance between two samples


def recognizes(head: Head) -> bool:
    """Text that begins with the length of its header; also an Excel file, which is refused."""
    if head.start.startswith(_ZIP):
        with reading(head.path, "archive", _REMEDY), zipfile.ZipFile(head.path) as archive:
            return "xl/workbook.xml" in archive.namelist()
    return _FIRST.match(_decoded(head.start[:400])) is not None


def read_track(path: Path) -> RawTrack:
    """The subject of one file.

    Its heading is that from the tail's base to the nose where both are there, else the direction
    of body or head.

    Raises:
        UserError: an Excel file, columns that are missing, other units, uneven times.
    """
    content = path.read_bytes()
    if content.startswith(_ZIP):
        raise UserError(f"{path}: Excel files are not read; {_REMEDY}")
    text = _decoded(content)
    first = _FIRST.match(text)
    mark = first[1] if first else ";"
    with reading(path, "export of EthoVision", _REMEDY, (*DAMAGE, csv.Error)):
        rows = list(csv.reader(text.splitlines(), delimiter=mark))
    column, units, scale = _columns(path, rows, mark)
    start, rate = _times(path, column)
    heading, ends = None, [column.get(name) for name in _ENDS]
    turns = [name for name in _TURNS if name in column]
    if all(end is not None for end in ends):
        nose_x, nose_y, tail_x, tail_y = (column[name] for name in _ENDS)
        heading = np.arctan2(nose_y - tail_y, nose_x - tail_x)
    elif turns:
        heading = np.radians(column[turns[0]])
    return RawTrack(
        np.stack([column[name] for name in _PLACE], -1)[None] * scale,
        first=start,
        heading=None if heading is None else heading[None],
        names=(path.stem,),
        units=units,
        y="up",
        middle=True,
        rate=rate,
    )


def _decoded(content: bytes) -> str:
    """Unicode text is UTF-16 there; ANSI is that of Western Europe, of which we read ASCII."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content[: len(content) // 2 * 2].decode("utf-16", "replace").lstrip("\ufeff")
    return content.decode("utf-8-sig", "replace")


def _columns(
    path: Path, rows: list[list[str]], mark: str
) -> tuple[dict[str, np.ndarray], str, float]:
    """Numbers (sample,) of the columns that we know, the unit of places, and its factor."""
    lowered = [[cell.strip().lower() for cell in row] for row in rows[:_MOST_LINES]]
    at = next((k for k, row in enumerate(lowered) if set(_PLACE) <= set(row)), None)
    if at is None or sum(map(any, rows[at + 1 :])) < 2:
        raise UserError(f"{path}: no samples with `X center` and `Y center`; {_REMEDY}")
    # what stands in brackets names the point or the zone
    names = [cell.split("(")[0].strip() for cell in lowered[at]]
    wanted = ("trial time", "recording time", *_PLACE, *_ENDS, *_TURNS)
    place = {name: names.index(name) for name in wanted if name in names}
    data = [row for row in rows[at + 1 :] if any(cell.strip() for cell in row)]
    short = next((k for k, row in enumerate(data) if len(row) <= max(place.values())), None)
    if short is not None:
        raise UserError(f"{path}: row {short} below its column names lacks cells; {_REMEDY}")
    column = {
        name: raw_tracks.cells(path, name, [row[k] for row in data[1:]], mark)
        for name, k in place.items()
    }
    units = {data[0][place[n]].strip().lower() for n in (*_PLACE, *_ENDS) if n in place}
    unit = units.pop()
    if units or (unit not in _CM and not unit.startswith(("px", "pix"))):
        raise UserError(
            f"{path}: places are in {unit!r}, not in {', '.join(_CM)} or pixels; {_REMEDY}"
        )
    return column, "cm" if unit in _CM else "px", _CM.get(unit, 1.0)


def _times(path: Path, column: dict[str, np.ndarray]) -> tuple[int, float]:
    """Number of the first sample since the trial began, and samples a second."""
    time = column.get("trial time", column.get("recording time"))
    if time is None:
        raise UserError(f"{path}: no `Trial time`; {_REMEDY}")
    if len(time) == 1:
        return 0, NAN
    rate = (len(time) - 1) / max(time[-1] - time[0], 1e-9)
    even = time[0] + np.arange(len(time)) / rate
    if not (np.abs(time - even) * rate < _UNEVEN).all():
        raise UserError(f"{path}: samples are not evenly spaced in time; {_REMEDY}")
    return round(time[0] * rate), float(rate)
