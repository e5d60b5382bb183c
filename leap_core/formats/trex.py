"""``*_fish0.npz`` and ``*_id0.npz`` of TRex: a file for each animal, in centimetres.

``X#wcentroid`` is the body's middle, plain ``X`` the head; infinite = not found.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from leap_core.errors import UserError
from leap_core.formats import arrays, raw_tracks
from leap_core.formats.raw_labels import Head
from leap_core.formats.raw_poses import NAN
from leap_core.formats.raw_tracks import RawTrack
from leap_core.io.untrusted import DAMAGE, reading

_REMEDY = "export it again from TRex"
_PLACE = ("X#wcentroid", "Y#wcentroid")


def recognizes(head: Head) -> bool:
    """A ``.npz`` that holds the centroid by pixels, or the head's place, and the frames."""
    if not head.start.startswith(b"PK"):
        return False
    with reading(head.path, ".npz", _REMEDY), zipfile.ZipFile(head.path) as archive:
        names = {name.removesuffix(".npy") for name in archive.namelist()}
    return "frame" in names and bool(names & {*_PLACE, "X", "Y"})


def read_track(path: Path) -> RawTrack:
    """One animal.

    Raises:
        UserError: no numbers, or no place of the body's middle.
    """
    wanted = ("frame", *_PLACE, "ANGLE", "missing", "cm_per_pixel")
    with reading(path, ".npz of TRex", _REMEDY, (*DAMAGE, SyntaxError)):
        arrays.refuse_bomb(path)
        with np.load(path, allow_pickle=False) as held:
            found = {name: held[name] for name in wanted if name in held.files}
    absent = [name for name in ("frame", *_PLACE) if name not in found]
    if absent:
        raise UserError(
            f"{path}: no `{absent[0]}` (plain X and Y are the head's place); export it from TRex "
            "with `X#wcentroid` and `Y#wcentroid` among its output fields"
        )
    columns = {name: raw_tracks.numbers(path, name, values) for name, values in found.items()}
    scale = columns.pop("cm_per_pixel", np.array([NAN]))
    if len(scale) == 1 and scale[0] <= 0:
        raise UserError(f"{path}: `cm_per_pixel` is {scale[0]:g}; {_REMEDY}")
    frame = columns.pop("frame")
    missing = columns.pop("missing", np.zeros(len(frame)))
    lengths = {len(values) for values in (frame, missing, *columns.values())}
    steps = np.diff(frame)
    if len(lengths) > 1 or not len(frame) or not (np.isfinite(frame).all() and (steps > 0).all()):
        raise UserError(f"{path}: `frame` does not number the rows upwards; {_REMEDY}")
    first = raw_tracks.whole_number(path, "frame", frame[0])
    last = raw_tracks.whole_number(path, "frame", frame[-1])
    if (frame != np.round(frame)).any() or last - first > 1000 + 100 * len(frame):
        raise UserError(f"{path}: `frame` holds no numbers of frames; {_REMEDY}")
    laid = {name: np.full(last - first + 1, NAN) for name in columns}
    for name, values in columns.items():
        laid[name][frame.astype(int) - first] = np.where(missing > 0, NAN, values)
    angle = laid.get("ANGLE")
    return RawTrack(
        centroid=np.stack([laid[name] for name in _PLACE], -1)[None],
        first=first,
        heading=None if angle is None else angle[None],
        names=(path.stem,),
        units="cm",
        px_per_unit=1 / scale[0] if len(scale) == 1 else NAN,
        angle="clockwise",
    )
