"""DeepLabCut: annotations (``CollectedData_*``) and predictions (of ``analyze_videos``).

Both are tables with headers scorer, [individuals,] bodyparts and coords, as ``.csv`` or as a pandas
table in ``.h5``, which is read without PyTables (layouts ``table`` and ``fixed``).  Labels name
their rows by images, predictions number them by frame.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np

from leap_core.errors import UserError
from leap_core.formats.raw_labels import Head, RawLabels, find_beside, read_image, row_slice, stack
from leap_core.formats.raw_poses import RawPoses, fill, frame_numbers
from leap_core.io.pandas_h5 import decode, levels, plain
from leap_core.io.pixels import Depth
from leap_core.io.untrusted import open_hdf5

HEADERS = ("scorer", "individuals", "bodyparts", "coords")
UNIQUE = "single"  # DeepLabCut's name for parts that are no animal's
Column = tuple[str, str, str]  # individual, part, coordinate


def recognizes(head: Head) -> bool:
    """A table whose first header is the scorer; the HDF5 form is a pandas table."""
    if head.keys:
        with open_hdf5(head.path) as file:
            return any("pandas_type" in file[key].attrs for key in head.keys)
    return head.start.startswith(b"scorer")


def read_labels(path: Path, rows: Sequence[int] | None, depth: Depth) -> RawLabels:
    """Read labels and the images they name, which lie beside the table or in the project.

    With several individuals every labeled one becomes a sample of its own.
    """
    columns, names, values = _labels_h5(path) if h5py.is_hdf5(path) else _labels_csv(path)
    if any(column[2] == "likelihood" for column in columns):
        raise UserError(
            f"{path}: has likelihoods, so it holds predictions; name a CollectedData file"
        )
    take = row_slice(path, rows, len(names))
    parts = tuple(dict.fromkeys(part for _, part, _ in columns))
    individuals = tuple(dict.fromkeys(who for who, _, _ in columns))
    table = np.full((len(individuals), take.stop - take.start, len(parts), 2), np.nan)
    for k, (who, part, axis) in enumerate(columns):
        if axis not in ("x", "y"):
            raise UserError(f"{path}: column {k + 1} of part {part!r} is {axis!r}, not x or y")
        place = individuals.index(who), slice(None), parts.index(part), "xy".index(axis)
        table[place] = values[take, k]
    images = []
    for row in range(take.start, take.stop):
        image = find_beside(path, names[row]) or path.parent / names[row]
        images.append(read_image(image, f"{path} row {row}"))
    stacked = stack(images, path, depth)
    if len(individuals) == 1:
        animal, at = np.zeros(len(images), int), np.arange(len(images))
    else:
        at, animal = np.nonzero(np.isfinite(table).any(axis=(2, 3)).T)
    return RawLabels(
        positions=table[animal, at], images=stacked[at], frame=at + take.start, parts=parts
    )


def _labels_csv(path: Path) -> tuple[list[Column], list[str], np.ndarray]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = [line for line in csv.reader(file) if line]
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path}: not a readable CSV ({error}); save it as UTF-8") from error
    headers: dict[str, list[str]] = {}
    for line in lines:
        if line[0] not in HEADERS or line[0] in headers:
            break
        headers[line[0]] = line
    _check_headers(path, headers)
    # newer tables spread the image path over three index columns with empty headers
    first = next((k for k, cell in enumerate(headers["coords"]) if k and cell), None)
    if first is None:
        raise UserError(f"{path}: its `coords` line names no coordinates; export again")
    width = len(headers["coords"])
    who = headers.get("individuals", [""] * width)
    columns = list(
        zip(who[first:], headers["bodyparts"][first:], headers["coords"][first:], strict=True)
    )
    body = lines[len(headers) :]
    values = np.full((len(body), width - first), np.nan)
    for row, line in enumerate(body):
        if len(line) != width:
            raise UserError(
                f"{path}: row {row} has {len(line)} cells, the header {width}; mend or remove it"
            )
        for k, cell in enumerate(line[first:]):
            try:
                values[row, k] = float(cell) if cell.strip() else np.nan
            except ValueError:
                raise UserError(
                    f"{path}: row {row}, part {columns[k][1]!r}: {cell!r} is not a number; mend it"
                ) from None
    return columns, ["/".join(line[:first]) for line in body], values


def _labels_h5(path: Path) -> tuple[list[Column], list[str], np.ndarray]:
    with open_hdf5(path) as file:
        group = next(file[k] for k in file if "pandas_type" in file[k].attrs)
        if "table" in group:
            columns = [_column(c) for c in plain(path, group.attrs["non_index_axes"])[0][1]]
            table = group["table"]
            blocks = sorted(n for n in table.dtype.names if n.startswith("values_block"))
            values = np.concatenate([table[n].reshape(len(table), -1) for n in blocks], axis=1)
            if len(blocks) > 1 or "index" not in table.dtype.names:
                raise UserError(f"{path}: unknown table layout; use the CSV beside it")
            names = [decode(n) for n in table["index"]]
        else:
            columns = [_column(c) for c in levels(group, "axis0")]
            names = ["/".join(c) for c in levels(group, "axis1")]
            items = [_column(c) for c in levels(group, "block0_items")]
            values = group["block0_values"][()][:, [items.index(c) for c in columns]]
    return columns, names, np.asarray(values, dtype=np.float64)


def read_poses(path: Path) -> RawPoses:
    """Every individual is an animal; ``likelihood`` is the confidence.

    ``single`` beside other individuals holds the parts that no animal has: they are left aside.

    Raises:
        UserError: no such table, a part without one of the columns that others have, a cell that
            is no number, or bad frame numbers.
    """
    columns, numbers, values = _poses_h5(path) if h5py.is_hdf5(path) else _poses_csv(path)
    twice = [column for column in columns if columns.count(column) > 1]
    if twice:
        raise UserError(
            f"{path}: part {twice[0][1]!r} has two columns {twice[0][2]!r}; keep one scorer"
        )
    columns, values = _without_single(columns, values)
    who, parts, coords = (tuple(dict.fromkeys(column[k] for column in columns)) for k in range(3))
    axes = [axis for axis in "xyz" if axis in coords]
    unknown = [c for c in coords if c not in (*axes, "likelihood")]
    if unknown or len(axes) < 2:
        raise UserError(f"{path}: columns are {', '.join(coords)}, not x, y, likelihood")
    there = set(columns)
    for column in itertools.product(who, parts, coords):
        if column not in there:
            of = f" of {column[0]!r}" if column[0] else ""
            raise UserError(
                f"{path}: part {column[1]!r}{of} has no column {column[2]!r}, others have; "
                "export the whole table again"
            )
    table = np.full((len(who), len(values), len(parts), len(axes) + 1), np.nan)
    for k, (animal, part, coord) in enumerate(columns):
        place = axes.index(coord) if coord in axes else -1
        table[who.index(animal), :, parts.index(part), place] = values[:, k]
    frame, table = fill(frame_numbers(path, numbers), table, 1)
    likelihood = table[..., -1] if "likelihood" in coords else None
    return RawPoses(table[..., :-1], likelihood, frame, parts)


def _without_single(columns: list[Column], values: np.ndarray) -> tuple[list[Column], np.ndarray]:
    """The table without the unique parts of a project with several animals."""
    unique = {part for animal, part, _ in columns if animal == UNIQUE}
    others = {part for animal, part, _ in columns if animal != UNIQUE}
    if not others or unique & others:
        return columns, values
    kept = [k for k, column in enumerate(columns) if column[0] != UNIQUE]
    return [columns[k] for k in kept], values[:, kept]


def _poses_csv(path: Path) -> tuple[list[Column], np.ndarray, np.ndarray]:
    import pandas as pd  # slow to import, and labels do without

    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            head = list(itertools.islice(csv.reader(file), len(HEADERS)))
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path}: not a readable CSV ({error}); export it again") from error
    headers = {line[0]: line[1:] for line in head if line and line[0] in HEADERS}
    _check_headers(path, headers)
    width = len(headers["coords"])
    who = headers.get("individuals", [""] * width)
    columns = list(zip(who, headers["bodyparts"], headers["coords"], strict=False))
    with path.open(encoding="utf-8-sig") as file:
        for row, line in enumerate(itertools.islice(file, len(headers), None)):
            # a short line would silently become missing values
            if line.strip() and line.count(",") != width:
                raise UserError(
                    f"{path}: row {row} has {line.count(',') + 1} cells, the header {width + 1}; "
                    "mend or remove it"
                )
    try:
        body = pd.read_csv(path, skiprows=len(headers), header=None, encoding="utf-8-sig")
    except pd.errors.EmptyDataError:
        raise UserError(f"{path}: holds no frames; export it again") from None
    for k in body:
        numbers = pd.to_numeric(body[k], errors="coerce")
        bad = np.flatnonzero(numbers.isna() & body[k].notna())
        if len(bad):
            what = f"part {columns[k - 1][1]!r}" if k else "first column"
            why = "mend it" if k else "predictions are numbered by frame, labels are not"
            cell = str(body[k][bad[0]])
            raise UserError(f"{path}: row {bad[0]}, {what}: {cell!r} is not a number; {why}")
        body[k] = numbers
    values = body.to_numpy(dtype=float)
    return columns, values[:, 0], values[:, 1:]


def _poses_h5(path: Path) -> tuple[list[Column], np.ndarray, np.ndarray]:
    with open_hdf5(path) as file:
        group = next((file[k] for k in file if "pandas_type" in file[k].attrs), None)
        if group is None:
            raise UserError(f"{path}: holds no table of DeepLabCut; check `poses` in the config")
        if "table" in group:
            names = plain(path, group.attrs["non_index_axes"])[0][1]
            table = group["table"][()]
            blocks = [n for n in table.dtype.names if n.startswith("values_block")]
            if len(blocks) != 1 or "index" not in table.dtype.names:
                raise UserError(f"{path}: unknown table layout; use the CSV beside it")
            numbers, values = table["index"], table[blocks[0]]
        else:
            if "axis1" not in group or "block1_values" in group:
                raise UserError(f"{path}: unknown table layout; use the CSV beside it")
            names, numbers = levels(group, "block0_items"), group["axis1"][()]
            values = group["block0_values"][()]
    if numbers.dtype.kind not in "iuf":
        raise UserError(
            f"{path}: rows are named, not numbered, so it holds labels; name the predictions"
        )
    return [_column(name) for name in names], numbers, np.asarray(values, dtype=float)


def _check_headers(path: Path, headers: dict[str, list[str]]) -> None:
    if not {"bodyparts", "coords"} <= set(headers):
        raise UserError(f"{path}: header lines `bodyparts` and `coords` are missing; export again")


def _column(levels: Sequence[str]) -> Column:
    """(scorer, [individual,] part, coordinate) without the scorer."""
    return (levels[1] if len(levels) == 4 else "", levels[-2], levels[-1])
