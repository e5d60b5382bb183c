"""DeepLabCut annotations: ``CollectedData_*.csv`` and the same table as ``.h5``."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np

from leap_core.errors import UserError
from leap_core.formats.raw_labels import Head, Raw, find_beside, read_image, row_slice, stack
from leap_core.io.pandas_h5 import decode, levels, plain
from leap_core.io.untrusted import open_hdf5

HEADERS = ("scorer", "individuals", "bodyparts", "coords")
Column = tuple[str, str, str]  # individual, part, coordinate


def recognizes(head: Head) -> bool:
    """A table whose first header is the scorer; the HDF5 form is a pandas table."""
    if head.keys:
        with open_hdf5(head.path) as file:
            return any("pandas_type" in file[key].attrs for key in head.keys)
    return head.start.startswith(b"scorer")


def read(path: Path, rows: Sequence[int] | None) -> Raw:
    """Read labels and the images they name, which lie beside the table or in the project.

    With several individuals every labeled one becomes a sample of its own.
    """
    columns, names, values = _read_h5(path) if h5py.is_hdf5(path) else _read_csv(path)
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
    stacked = stack(images, path)
    if len(individuals) == 1:
        animal, at = np.zeros(len(images), int), np.arange(len(images))
    else:
        at, animal = np.nonzero(np.isfinite(table).any(axis=(2, 3)).T)
    return Raw(positions=table[animal, at], images=stacked[at], frame=at + take.start, parts=parts)


def _read_csv(path: Path) -> tuple[list[Column], list[str], np.ndarray]:
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
    if not {"bodyparts", "coords"} <= set(headers):
        raise UserError(f"{path}: header lines `bodyparts` and `coords` are missing; export again")
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


def _read_h5(path: Path) -> tuple[list[Column], list[str], np.ndarray]:
    """The pandas table in HDF5, read without PyTables (layouts ``table`` and ``fixed``)."""
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


def _column(levels: Sequence[str]) -> Column:
    """(scorer, [individual,] part, coordinate) without the scorer."""
    return (levels[1] if len(levels) == 4 else "", levels[-2], levels[-1])
