"""Long tables, as CSV or Parquet: one line a part and frame, an animal and frame, a frame.

Missing values are empty cells (null in Parquet).  The frame of reference stands in the name of a
column: ``x_video_px``.  Pixels count from the middle of the first one, which is (0, 0); angles are
degrees in image axes: from +x to +y, which is down.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv
from pyarrow import parquet

from leap_core.containers import Behavior, Gait, Track
from leap_core.errors import UserError
from leap_core.export import shared
from leap_core.export.contents import PoseSet
from leap_core.io.atomic import atomic_path
from leap_core.timeseries import known_fps

LINES = 1 << 18  # of a table that are made at a time

Columns = dict[str, pa.Array]


def write_poses(poses: PoseSet, path: Path) -> list[str]:
    """One line for each animal, frame and part, missing ones too.

    Columns: recording, frame, time_s, part, x, y (z) and confidence.
    """
    _, parts, axes = poses.positions.shape[1:]
    names = [_column(axis, poses.reference, poses.units) for axis in "xyz"[:axes]]
    block = max(1, LINES // parts)

    def lines() -> Iterator[Columns]:
        for animal, recording in enumerate(poses.animals):
            for start in range(0, max(len(poses.positions), 1), block):
                rows = slice(start, start + block)
                at = poses.positions[rows, animal].reshape(-1, axes)
                frame = np.repeat(np.arange(start, start + len(at) // parts), parts)
                yield {
                    "recording": _repeated(recording, len(at)),
                    **_when(frame, poses.fps),
                    "part": pa.array(list(poses.skeleton.parts) * (len(at) // parts), pa.string()),
                    **{name: _numbers(at[:, axis]) for axis, name in enumerate(names)},
                    "confidence": _numbers(poses.confidence[rows, animal].ravel()),
                }

    _write(path, lines)
    return []


def write_track(
    track: Track, recordings: Mapping[str, int], path: Path, reference: str = "video"
) -> list[str]:
    """One line for each animal and frame of a film: where it is and where its head points.

    Columns: recording, frame, time_s, x, y, heading_deg, area, quality, valid.

    Args:
        recordings: name -> number of the animal in the track.

    Raises:
        UserError: egocentric, or millimetres of an unknown scale.
    """
    if not reference.startswith("video"):
        raise UserError(f"{path}: a track has no egocentric form; export --reference video")
    unit, scale = "px", 1.0
    if reference == "video mm":
        unit, scale = "mm", track.px_per_mm
    if not 0 < scale < np.inf:
        raise UserError(
            f"{path}: the scale of the track is not known; set `px_per_mm` of its video and track "
            "it again, or export --reference video"
        )

    def lines() -> Iterator[Columns]:
        for recording, animal in recordings.items():
            for rows in _blocks(track.valid.shape[1]):
                valid = track.valid[animal, rows]
                at = np.where(valid[:, None], track.centroid[animal, rows], np.nan) / scale
                heading = np.where(valid, track.heading[animal, rows], np.nan)
                area = np.where(valid, track.area[animal, rows], np.nan) / scale**2
                yield {
                    "recording": _repeated(recording, len(valid)),
                    **_when(np.arange(rows.start, rows.start + len(valid)), track.fps),
                    f"x_video_{unit}": _numbers(at[:, 0]),
                    f"y_video_{unit}": _numbers(at[:, 1]),
                    "heading_deg": _numbers(np.rad2deg(heading)),
                    f"area_{unit}2": _numbers(area),
                    "quality": _numbers(track.quality[animal, rows]),
                    "valid": pa.array(valid),
                }

    _write(path, lines)
    notes = []
    if any(each is not None for each in (track.body_length, track.body_width, track.camera)):
        notes.append("the body's axes, the camera's way and the floor of the track are not kept")
    return notes


def write_behavior(
    behavior: Behavior | None,
    gait: Gait | None,
    path: Path,
    names: Mapping[int, str] | None = None,
) -> list[str]:
    """One line for each frame of a recording: what it does, and how it walks.

    Columns: recording, frame, time_s; of the behavior map region, region_name (where regions have
    names), map_x, map_y, far; of gait forward velocity, walking, gait_mode and, for each leg,
    stance (True, False, or empty where the leg is unknown).

    Args:
        behavior, gait: of one recording; one of them may be None.
        names: of regions.

    Raises:
        UserError: they are of two recordings, or there is neither.
    """
    first = shared.of_one_recording(behavior, gait, path)
    numbers = [each.frame for each in (behavior, gait) if each is not None]
    frame = np.unique(np.concatenate(numbers))
    if len(frame):  # one that has no frames has no columns
        behavior, gait = (
            behavior if behavior is not None and len(behavior.frame) else None,
            gait if gait is not None and len(gait.frame) else None,
        )

    def lines() -> Iterator[Columns]:
        for rows in _blocks(len(frame)):
            some = frame[rows]
            found = {"recording": _repeated(first.recording, len(some)), **_when(some, first.fps)}
            if behavior is not None:
                found |= _of_behavior(behavior, some, names or {})
            if gait is not None:
                found |= _of_gait(gait, some)
            yield found

    _write(path, lines)
    return []


def _of_behavior(behavior: Behavior, frame: np.ndarray, names: Mapping[int, str]) -> Columns:
    at, there = _rows(behavior.frame, frame)
    known = there & (behavior.region[at] >= 0)
    region = behavior.region[at]
    found = {"region": pa.array(region.astype(np.int32), mask=~known)}
    if names:
        found["region_name"] = pa.array(
            [names.get(int(k)) if some else None for k, some in zip(region, known, strict=True)],
            pa.string(),
        )
    z = np.where(there[:, None], behavior.z[at], np.nan)
    found |= {"map_x": _numbers(z[:, 0]), "map_y": _numbers(z[:, 1])}
    return found | {"far": pa.array(behavior.far[at], mask=~known)}


def _of_gait(gait: Gait, frame: np.ndarray) -> Columns:
    at, there = _rows(gait.frame, frame)
    speed = np.where(there, gait.forward_velocity[at], np.nan)
    state = np.where(there, gait.state[at], -1)
    modes = [None if k < 0 else str(gait.states[k]) for k in state.tolist()]
    found = {
        f"forward_velocity_{gait.velocity_units.replace('/', '_per_')}": _numbers(speed),
        "walking": pa.array(gait.walking[at], mask=~there),
        "gait_mode": pa.array(modes, pa.string()),
    }
    for leg, name in enumerate(gait.legs):
        unknown = ~(there & gait.valid[at, leg])
        found[f"stance_{name}"] = pa.array(~gait.swing[at, leg], mask=unknown)
    return found


def region_names(table: Path) -> dict[int, str]:
    """Names of regions: those in a column ``name`` of the table of regions, where it has one.

    Raises:
        UserError: a region that is no number, or no table with commas in UTF-8.
    """
    if not table.is_file():
        return {}
    found = {}
    try:
        # spreadsheet programs mark UTF-8 at the beginning
        text = table.read_text(encoding="utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{table}: not a readable table ({error}); save it as UTF-8") from error
    if rows and "region" not in rows[0]:
        raise UserError(f"{table}: has no column `region`; save it with commas between the cells")
    for row in rows:
        if row.get("name"):
            try:
                found[int(row["region"])] = row["name"]
            except (TypeError, ValueError):
                raise UserError(
                    f"{table}: region {row.get('region')!r} is no number; correct the table"
                ) from None
    return found


def _rows(numbers: np.ndarray, frame: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The row of each frame among ascending numbers, and whether it has one."""
    at = np.minimum(np.searchsorted(numbers, frame), max(len(numbers) - 1, 0))
    return at, numbers[at] == frame


def _blocks(count: int) -> Iterator[slice]:
    for start in range(0, max(count, 1), LINES):  # one of none makes the heading
        yield slice(start, min(start + LINES, count))


def _column(axis: str, reference: str, units: str) -> str:
    return f"{axis}_{reference.removesuffix(' mm')}_{units}"


def _when(frame: np.ndarray, fps: float) -> Columns:
    rate = fps if known_fps(fps) else np.nan
    return {"frame": pa.array(frame.astype(np.int64)), "time_s": _numbers(frame / rate)}


def _numbers(values: np.ndarray) -> pa.Array:
    """Numbers, empty where they are not finite."""
    return pa.array(values, mask=~np.isfinite(values))


def _repeated(text: str, count: int) -> pa.Array:
    return pa.array([text] * count, pa.string())


def _write(path: Path, lines: Callable[[], Iterator[Columns]]) -> None:
    """Write a table block by block: memory does not grow with its length."""
    with atomic_path(path) as temporary, _writer(temporary) as write:
        for block in lines():
            write(pa.table(block))


@contextmanager
def _writer(path: Path) -> Iterator[Callable[[pa.Table], None]]:
    """A function that adds a table to a file, which is Parquet or CSV by its suffix."""
    made: list = []
    with open(path, "wb") as file:

        def write(table: pa.Table) -> None:
            if path.suffix.lower() == ".parquet":
                if not made:
                    made.append(parquet.ParquetWriter(file, table.schema))
                made[0].write_table(table)
            else:
                if not made:
                    options = arrow_csv.WriteOptions(include_header=False, quoting_style="needed")
                    file.write(",".join(map(_quoted, table.column_names)).encode() + b"\n")
                    made.append(arrow_csv.CSVWriter(file, table.schema, write_options=options))
                made[0].write(table)

        yield write
        if made:
            made[0].close()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if any(c in name for c in ',"\r\n') else name
