"""What every reader of tracks returns: where animals were, as another program has written it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from leap_core.errors import UserError
from leap_core.formats import sheets
from leap_core.formats.raw_poses import NAN
from leap_core.io.untrusted import reading

_MOST_FRAMES = 1 << 31  # larger numbers of frames are damage
_LOST = {*sheets.MISSING, "-", "inf", "-inf", "+inf"}


@dataclass(frozen=True)
class RawTrack:
    """A track as its file has it: nothing is turned, scaled or shifted yet.

    Attributes:
        centroid: (animal, frame, xy) in ``units``, NaN = not found.
        first: number of the first frame, counted from ``counts_from``.
        heading: (animal, frame) rad, NaN = unknown, or None where the file has none.
        modulo_pi: headings tell the axis alone, not which end is the head.
        names: of the animals, for messages.
        counts_from: 0 or 1, the number of the first frame and of the first pixel.
        units: of ``centroid``: ``px`` or ``cm``.
        px_per_unit: where the file knows it.
        y: ``down`` or ``up``, the sense of the file's y, as the format usually has it.
        angle: ``clockwise`` or ``counterclockwise``, how headings grow as seen in the image;
            empty = they follow ``y``.
        middle: places count from the image's middle and not from its corner.
        rate: frames of the file a second, where its times tell.
        notes: what was left aside, a line each, for the log.
    """

    centroid: np.ndarray
    first: int = 0
    heading: np.ndarray | None = None
    modulo_pi: bool = False
    names: tuple[str, ...] = ()
    counts_from: int = 0
    units: str = "px"
    px_per_unit: float = NAN
    y: str = "down"
    angle: str = ""
    middle: bool = False
    rate: float = NAN
    notes: tuple[str, ...] = ()


def numbers(path: Path, name: str, values: object) -> np.ndarray:
    """A row of numbers (n,) float64, infinite ones as NaN.

    Raises:
        UserError: texts, complex numbers, objects.
    """
    found = np.asarray(values)
    if found.dtype.kind not in "iufb":
        raise UserError(f"{path}: `{name}` holds {found.dtype}, no numbers; write it again")
    out = np.ravel(found).astype(float)
    out[~np.isfinite(out)] = NAN
    return out


def whole_number(path: Path, name: str, value: object) -> int:
    """A single whole number, as of a frame.

    Raises:
        UserError: it is none, or too large.
    """
    found = numbers(path, name, value)
    if len(found) != 1 or not (abs(found[0]) < _MOST_FRAMES and found[0] == round(found[0])):
        raise UserError(f"{path}: `{name}` is no whole number; write it again")
    return int(found[0])


def table(
    path: Path, separator: str, remedy: str, *, a_row_a_line: bool = False
) -> dict[str, np.ndarray]:
    """Columns of a table with a header: name in small letters -> (row,) of texts, stripped.

    Args:
        a_row_a_line: lines without text are rows, but at the end; else they are passed over.

    Raises:
        UserError: no table in UTF-8, a column that is there twice, or no rows.
    """
    import pandas as pd  # slow to import

    with reading(path, "table", remedy):
        found = pd.read_csv(path, sep=separator, dtype=str, encoding="utf-8-sig", index_col=False,
                            keep_default_na=False,
                            skip_blank_lines=not a_row_a_line)  # fmt: skip
    names = [str(name).strip().lower() for name in found.columns]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise UserError(
            f"{path}: column `{twice[0]}` is there {names.count(twice[0])} times; {remedy}"
        )
    found.columns = pd.Index(names)
    text = {name: found[name].fillna("").str.strip().to_numpy(object) for name in names}
    filled = np.flatnonzero(np.any([column != "" for column in text.values()], axis=0))
    if not len(filled):
        raise UserError(f"{path}: holds no rows; {remedy}")
    return {name: column[: filled[-1] + 1] for name, column in text.items()}


def cells(path: Path, name: str, texts: Sequence[str] | np.ndarray, separator: str) -> np.ndarray:
    """Cells of a column as numbers (row,) float64, NaN where they are empty or say so.

    Args:
        separator: of the table; where it is no comma, decimals may have one.

    Raises:
        UserError: names the first row that holds something else.
    """
    import pandas as pd

    text = pd.Series(texts, dtype=object).fillna("").astype(str).str.strip()
    if separator != ",":
        text = text.str.replace(",", ".", regex=False)
    out = pd.to_numeric(text, errors="coerce").to_numpy(float)
    wrong = ~np.isfinite(out) & ~text.str.lower().isin(_LOST).to_numpy()
    if wrong.any():
        row = np.flatnonzero(wrong)[0]
        raise UserError(
            f"{path}: row {row} (from 0): `{name}` is {text.iloc[row]!r}, no number; mend it, or "
            "leave the cell empty where the animal is lost"
        )
    return numbers(path, name, out)


def laid_out(
    path: Path, first: list[int], columns: Mapping[str, list[np.ndarray]]
) -> tuple[int, dict[str, np.ndarray]]:
    """Animals that begin and end at frames of their own, on one axis of frames.

    Args:
        first: number of each animal's first frame.
        columns: name -> (frame,) of each animal.

    Returns:
        The first frame of all, and name -> (animal, frame), NaN before and after.

    Raises:
        UserError: no frames, or the columns of an animal differ in length.
    """
    lengths = [{len(values[k]) for values in columns.values()} for k in range(len(first))]
    for k, found in enumerate(lengths):
        if len(found) > 1:
            told = ", ".join(f"{name} {len(values[k])}" for name, values in columns.items())
            raise UserError(
                f"{path}: animal {k}: columns differ in length ({told}); write it again"
            )
    counts = [found.pop() for found in lengths]
    if not sum(counts):
        raise UserError(f"{path}: holds no frames; write it again")
    start = min(f for f, n in zip(first, counts, strict=True) if n)
    stop = max(f + n for f, n in zip(first, counts, strict=True) if n)
    # one wild number would fill memory
    if (stop - start) > 1000 + 100 * sum(counts):
        raise UserError(
            f"{path}: {sum(counts)} places are numbered {start} to {stop - 1}; number them by "
            "frame, not by time"
        )
    out = {}
    for name, values in columns.items():
        out[name] = np.full((len(first), stop - start), NAN)
        for k, each in enumerate(values):
            out[name][k, first[k] - start : first[k] - start + len(each)] = each
    return start, out


def by_rows(
    path: Path, frame: np.ndarray, who: np.ndarray, names: tuple[str, ...],
    columns: Mapping[str, np.ndarray],
) -> tuple[int, dict[str, np.ndarray]]:  # fmt: skip
    """Rows of a table, one for each animal and frame, on one axis of frames.

    Args:
        frame, who: (row,) number of the frame and of the animal, an index of ``names``.
        columns: name -> (row,).

    Returns:
        The first frame, and name -> (animal, frame), NaN where there is no row.

    Raises:
        UserError: frames that are no numbers of frames, or an animal that is twice in one.
    """
    bad = ~((frame == np.round(frame)) & (frame >= 0) & (frame < _MOST_FRAMES))
    if bad.any():
        row = np.flatnonzero(bad)[0]
        raise UserError(
            f"{path}: row {row} (from 0): {frame[row]:g} is no number of a frame; number rows by "
            "frame, not by time"
        )
    number = frame.astype(np.int64)
    order = np.lexsort((number, who))
    again = (np.diff(who[order]) == 0) & (np.diff(number[order]) == 0)
    if again.any():
        row = order[1:][again][0]
        raise UserError(
            f"{path}: animal {names[who[row]]} is there twice in frame {number[row]}; give each "
            "animal a name of its own"
        )
    start, stop = int(number.min()), int(number.max()) + 1
    if stop - start > 1000 + 100 * len(number):
        raise UserError(
            f"{path}: {len(number)} rows are numbered {start} to {stop - 1}; number them by "
            "frame, not by time"
        )
    laid = {name: np.full((len(names), stop - start), NAN) for name in columns}
    for name, values in columns.items():
        laid[name][who, number - start] = values
    return start, laid
