"""DeepLabCut: annotations (``CollectedData_*``) and predictions (of ``analyze_videos``).

Both are tables with headers scorer, [individuals,] bodyparts and coords, as ``.csv`` or as a pandas
table in ``.h5``, which is read without PyTables (layouts ``table`` and ``fixed``).  Labels name
their rows by images, predictions number them by frame.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np

from leap_core.errors import UserError
from leap_core.formats import sheets
from leap_core.formats.dlc_images import images_of
from leap_core.formats.raw_labels import Head, RawLabels, read_image, row_slice, stack
from leap_core.formats.raw_poses import RawPoses, fill, frame_numbers
from leap_core.io.pandas_h5 import decode, levels, plain
from leap_core.io.pixels import Depth
from leap_core.io.untrusted import open_hdf5

HEADERS = ("scorer", "individuals", "bodyparts", "coords")
UNIQUE = "single"  # DeepLabCut's name for parts that are no animal's
Column = tuple[str, str, str, str]  # scorer, individual, part, coordinate
TRAIN_ON_IT = (
    "to analyze it, name it in `videos` with `poses: dlc`; to train on it, correct frames of it in "
    "DeepLabCut (refine labels) and name the CollectedData file, see docs/labels.md"
)


def recognizes(head: Head) -> bool:
    """A table whose first header is the scorer; the HDF5 form is a pandas table."""
    if head.keys:
        with open_hdf5(head.path) as file:
            return any("pandas_type" in file[key].attrs for key in head.keys)
    return sheets.start(head.start).startswith(b"scorer")


def read_labels(path: Path, rows: Sequence[int] | None, depth: Depth) -> RawLabels:
    """Read labels and the images they name, which lie beside the table or in the project.

    With several individuals every labeled one becomes a sample of its own; parts of the
    individual ``single`` beside others are the scene's and left aside.  Rows whose image is not
    there are left out.  Both are noted.

    Raises:
        UserError: predictions, no image of any row, or a part that two scorers labeled in a row.
    """
    columns, names, values = _labels_h5(path) if h5py.is_hdf5(path) else _labels_csv(path)
    if any(column[-1] == "likelihood" for column in columns):
        raise UserError(f"{path}: holds predictions (it has likelihoods), no labels; {TRAIN_ON_IT}")
    columns, values, notes = _one_scorer(path, columns, values)
    columns, values, aside = _without_single(columns, values)
    if aside:
        notes.append(_scene(path, aside))
    take = row_slice(path, rows, len(names))
    parts, individuals = (tuple(dict.fromkeys(c[k] for c in columns)) for k in (2, 1))
    table = np.full((len(individuals), len(names), len(parts), 2), np.nan)
    for k, (_, who, part, axis) in enumerate(columns):
        if axis not in ("x", "y"):
            raise UserError(f"{path}: column {k + 1} of part {part!r} is {axis!r}, not x or y")
        place = individuals.index(who), slice(None), parts.index(part), "xy".index(axis)
        table[place] = values[:, k]
    found, told = images_of(path, names, range(take.start, take.stop))
    stacked, sizes = stack(
        (read_image(i, f"{path} row {row}") for row, i in found.items()), path, depth
    )
    kept = np.array(list(found), dtype=int)
    if len(individuals) == 1:
        animal, at = np.zeros(len(kept), int), np.arange(len(kept))
    else:
        at, animal = np.nonzero(np.isfinite(table[:, kept]).any(axis=(2, 3)).T)
    return RawLabels(
        positions=table[animal, kept[at]],
        images=stacked[at],
        frame=kept[at],
        parts=parts,
        notes=(*notes, *told, *sizes),
    )


def _one_scorer(
    path: Path, columns: list[Column], values: np.ndarray
) -> tuple[list[Column], np.ndarray, list[str]]:
    """Columns of several people as those of one, where no row has a part labeled by two of them.

    Raises:
        UserError: a part was labeled twice in one row, or has two equal columns.
    """
    scorers = tuple(dict.fromkeys(column[0] for column in columns))
    times = Counter(columns)
    if len(times) < len(columns):
        twice = times.most_common(1)[0][0]
        raise UserError(
            f"{path}: part {twice[2]!r} has two columns {twice[3]!r} of {twice[0]!r}; remove one"
        )
    if len(scorers) < 2:
        return columns, values, []
    merged: dict[Column, np.ndarray] = {}
    for k, (scorer, who, part, axis) in enumerate(columns):
        key = ("", who, part, axis)
        old = merged.get(key)
        both = np.zeros(len(values), bool) if old is None else np.isfinite(old)
        both &= np.isfinite(values[:, k])
        if both.any():
            raise UserError(
                f"{path}: row {np.flatnonzero(both)[0]}, part {part!r} was labeled by several "
                f"people ({', '.join(scorers)}); keep the columns of one, {scorer!r} or another, "
                "or save a table for each"
            )
        merged[key] = values[:, k] if old is None else np.where(np.isfinite(old), old, values[:, k])
    told = f"{path}: labels of {len(scorers)} people ({', '.join(scorers)}) are taken together"
    return list(merged), np.stack(list(merged.values()), axis=1), [told]


def _headers(path: Path, lines: list[list[str]]) -> dict[str, list[str]]:
    """Header lines by name; UserError where the table has none."""
    headers: dict[str, list[str]] = {}
    for line in lines[: len(HEADERS)]:
        if line[0] not in HEADERS or line[0] in headers:
            break
        headers[line[0]] = line
    if not {"bodyparts", "coords"} <= set(headers):
        other = sheets.flat_columns(lines[0]) if lines else ""
        if "SLEAP" in other:
            raise UserError(f"{path}: is {other}, no table of DeepLabCut; set `poses: sleap`")
        if other:
            raise UserError(
                f"{path}: is {other}, not of DeepLabCut; save its coordinates as an array (frame, "
                "part, x y or x y z) in .npz and say `poses: array`"
            )
        raise UserError(f"{path}: header lines `bodyparts` and `coords` are missing; export again")
    return headers


def _labels_csv(path: Path) -> tuple[list[Column], list[str], np.ndarray]:
    sheet = sheets.read(path)
    headers = _headers(path, sheet.lines)
    # newer tables spread the image path over three index columns with empty headers
    first = next((k for k, cell in enumerate(headers["coords"]) if k and cell), None)
    if first is None:
        raise UserError(f"{path}: its `coords` line names no coordinates; export again")
    columns = _columns(headers)[first - 1 :]
    width = len(headers["coords"])
    body = sheet.lines[len(headers) :]
    values = np.full((len(body), width - first), np.nan)
    for row, line in enumerate(body):
        if len(line) != width:
            raise UserError(
                f"{path}: row {row} has {len(line)} cells, the header {width}; mend or remove it"
            )
        for k, cell in enumerate(line[first:]):
            try:
                values[row, k] = sheet.number(cell)
            except ValueError:
                raise UserError(
                    f"{path}: row {row}, part {columns[k][2]!r}: {cell!r} is not a number; mend it"
                ) from None
    return columns, ["/".join(line[:first]) for line in body], values


def _columns(headers: dict[str, list[str]]) -> list[Column]:
    """What each column but the first holds."""
    empty = [""] * len(headers["coords"])
    found = (headers.get(name, empty)[1:] for name in HEADERS)
    return list(zip(*found, strict=True))


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
    So are further columns beside x, y and likelihood, such as the variances of an ensemble's
    smoother, and a column ``set``.

    Raises:
        UserError: no such table, a part without one of the columns that others have, a cell that
            is no number, or bad frame numbers.
    """
    columns, numbers, values = _poses_h5(path) if h5py.is_hdf5(path) else _poses_csv(path)
    times = Counter(column[1:] for column in columns)
    twice = [column for column in columns if times[column[1:]] > 1]
    if twice:
        raise UserError(
            f"{path}: part {twice[0][2]!r} has two columns {twice[0][3]!r}; keep one scorer"
        )
    columns, values, aside = _without_single(columns, values)
    notes = [_scene(path, aside)] if aside else []
    coords = tuple(dict.fromkeys(column[3] for column in columns))
    axes = [axis for axis in "xyz" if axis in coords]
    extra = [c for c in coords if c not in (*axes, "likelihood")]
    if len(axes) < 2 or (extra and "likelihood" not in coords):
        raise UserError(
            f"{path}: columns are {', '.join(coords)}, not x, y, likelihood; rename or remove the "
            "others"
        )
    if extra:
        kept = [k for k, column in enumerate(columns) if column[3] not in extra]
        columns, values = [columns[k] for k in kept], values[:, kept]
        coords = tuple(c for c in coords if c not in extra)
        notes.append(f"{path}: columns left aside: {', '.join(extra)}")
    who, parts = (tuple(dict.fromkeys(column[k] for column in columns)) for k in (1, 2))
    there = {column[1:] for column in columns}
    for animal, part, coord in itertools.product(who, parts, coords):
        if (animal, part, coord) not in there:
            of = f" of {animal!r}" if animal else ""
            raise UserError(
                f"{path}: part {part!r}{of} has no column {coord!r}, others have; "
                "export the whole table again"
            )
    table = np.full((len(who), len(values), len(parts), len(axes) + 1), np.nan)
    for k, (_, animal, part, coord) in enumerate(columns):
        place = axes.index(coord) if coord in axes else -1
        table[who.index(animal), :, parts.index(part), place] = values[:, k]
    frame, table = fill(frame_numbers(path, numbers), table, 1)
    likelihood = table[..., -1] if "likelihood" in coords else None
    if likelihood is not None and np.isnan(likelihood).all():
        notes.append(f"{path}: its likelihoods are empty, so every part there counts as certain")
        likelihood = None
    return RawPoses(table[..., :-1], likelihood, frame, parts, notes=tuple(notes))


def _without_single(
    columns: list[Column], values: np.ndarray
) -> tuple[list[Column], np.ndarray, list[str]]:
    """The table without the unique parts of a project with several animals, and their names."""
    unique = dict.fromkeys(part for _, animal, part, _ in columns if animal == UNIQUE)
    others = {part for _, animal, part, _ in columns if animal != UNIQUE}
    if not others or not unique or set(unique) & others:
        return columns, values, []
    kept = [k for k, column in enumerate(columns) if column[1] != UNIQUE]
    return [columns[k] for k in kept], values[:, kept], list(unique)


def _scene(path: Path, parts: Sequence[str]) -> str:
    return f"{path}: {', '.join(parts)} belong to the scene ({UNIQUE}), no animal: left aside"


def _poses_csv(path: Path) -> tuple[list[Column], np.ndarray, np.ndarray]:
    import pandas as pd  # slow to import, and labels do without

    sheet = sheets.read(path, len(HEADERS))
    headers = _headers(path, sheet.lines)
    mark = sheet.separator
    columns = _columns(headers)
    with path.open(encoding="utf-8-sig") as file:
        for row, line in enumerate(itertools.islice(file, len(headers), None)):
            # a short line would silently become missing values
            if line.strip() and line.count(mark) != len(columns):
                raise UserError(
                    f"{path}: row {row} has {line.count(mark) + 1} cells, the header "
                    f"{len(columns) + 1}; mend or remove it"
                )
    try:
        body = pd.read_csv(
            path,
            skiprows=len(headers),
            header=None,
            encoding="utf-8-sig",
            sep=mark,
            decimal="." if mark == "," else ",",
        )
    except pd.errors.EmptyDataError:
        raise UserError(f"{path}: holds no frames; export it again") from None
    body = body.dropna(how="all").reset_index(drop=True)
    # Lightning Pose says in a last column of this name which rows were trained on
    kept = [k for k, (scorer, *_, coord) in enumerate(columns) if coord or scorer != "set"]
    columns, body = [columns[k] for k in kept], body[[0, *(k + 1 for k in kept)]]
    for k in body:
        numbers = pd.to_numeric(body[k], errors="coerce")
        bad = np.flatnonzero(numbers.isna() & body[k].notna())
        if len(bad):
            what = f"part {columns[kept.index(k - 1)][2]!r}" if k else "first column"
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


def _column(levels: Sequence[str]) -> Column:
    """(scorer, individual, part, coordinate); without individuals that one is empty."""
    return (levels[0], levels[1] if len(levels) == 4 else "", levels[-2], levels[-1])
