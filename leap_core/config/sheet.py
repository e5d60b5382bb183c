"""Tables that people write: one item a row, the keys of a config section as columns.

A sheet is a text file (UTF-8) with cells separated by tabs, as every spreadsheet saves it::

    # the second arena was filmed from further away
    id      path                px_per_mm
    fly01   videos/fly01.mp4    35
    fly02   videos/fly02.mp4    28.5

The first line names the columns, in any order.  An empty cell has the key's default.  Lines that
begin with ``#`` and empty lines are skipped.
"""

from __future__ import annotations

import csv
import difflib
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leap_core.config.declare import class_schema, not_one_of
from leap_core.errors import UserError

if TYPE_CHECKING:
    import jsonschema


@dataclass(frozen=True)
class Row:
    """One row: where it stands ("videos.tsv: line 4") and its cells that are not empty."""

    place: str
    values: dict[str, Any]


def read(path: str | Path, section: type) -> list[Row]:
    """The rows of a sheet, typed and checked as ``section``, a class declared with ``option``.

    Raises:
        UserError: names the file, line and column, and what to write there.
    """
    import jsonschema  # slow to import, and jobs do without

    schema = class_schema(section)
    lines = _lines(Path(path))
    if not lines:
        known = ", ".join(schema["properties"])
        raise UserError(f"{path}: empty; its first line names the columns, some of: {known}")
    (number, header), *body = lines
    _check_header(f"{path}: line {number}", header, schema)
    validator = jsonschema.Draft202012Validator(schema)
    rows = []
    for number, cells in body:
        place = f"{path}: line {number}"
        if len(cells) != len(header):
            raise UserError(
                f"{place}: {len(cells)} cells, but {len(header)} columns; put one tab between "
                "cells, also beside an empty one"
            )
        values = {
            column: _typed(cell, schema["properties"][column])
            for column, cell in zip(header, cells, strict=True)
            if cell
        }
        error = next(validator.iter_errors(values), None)
        if error is not None:
            raise UserError(f"{place}, {_explain(error)}")
        rows.append(Row(place, values))
    return rows


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    """Number and cells of every line that is neither empty nor a comment."""
    try:
        # utf-8-sig: spreadsheets put a mark before the first column's name
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UserError(
            f"{path}: no such sheet; give its path from the working folder or create it"
        ) from None
    except UnicodeDecodeError as error:
        at = error.object[: error.start].count(b"\n") + 1
        raise UserError(
            f"{path}: line {at}: not UTF-8 text; save it as tab-separated text in UTF-8"
        ) from None
    except OSError as error:
        raise UserError(f"{path}: not a readable file ({error.strerror}); name a sheet") from error
    found = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.startswith("#") or not line.strip():
            continue
        try:
            # line by line, so that a lost quote cannot swallow the lines after it
            cells = next(csv.reader([line], delimiter="\t", strict=True))
        except csv.Error:
            raise UserError(
                f"{path}: line {number}: a cell begins with a quote that does not end; close or "
                "remove it"
            ) from None
        found.append((number, [cell.strip() for cell in cells]))
    return found


def _check_header(place: str, header: list[str], schema: dict[str, Any]) -> None:
    known = list(schema["properties"])
    for index, column in enumerate(header, start=1):
        if column not in known:
            if any(mark in column for mark in ",; "):
                hint = "separate columns by tabs"
            elif near := difflib.get_close_matches(column, known, n=1, cutoff=0.5):
                hint = f"did you mean {near[0]!r}?"
            else:
                hint = f"known columns: {', '.join(known)}"
            raise UserError(f"{place}, column {index}: unknown name {column!r}; {hint}")
        if column in header[: index - 1]:
            raise UserError(f"{place}, column {index}: {column!r} stands twice; remove one")
    for column in schema.get("required", []):
        if column not in header:
            raise UserError(f"{place}: no column {column!r}; every row needs one")


def _kinds(entry: dict[str, Any]) -> list[str]:
    kind = entry.get("type", [])
    return [k for k in ([kind] if isinstance(kind, str) else kind) if k != "null"]


def _typed(cell: str, entry: dict[str, Any]) -> Any:
    """A cell as the type of its column; as text, which the schema will refuse, if it is none."""
    kinds = _kinds(entry)
    if "boolean" in kinds:
        return {"true": True, "false": False}.get(cell.lower(), cell)
    if "integer" in kinds or "number" in kinds:
        try:
            number = float(cell)
        except ValueError:
            return cell
        if not math.isfinite(number) or "_" in cell:
            return cell
        return int(number) if number.is_integer() else number
    return cell


def _explain(error: jsonschema.ValidationError) -> str:
    """Column, what is wrong and the remedy."""
    if error.validator == "required":
        column = next(k for k in error.schema["required"] if k not in error.instance)
        meaning = error.schema["properties"][column].get("description", "")
        return f"column {column!r}: empty; every row needs one ({meaning})"
    column = error.absolute_path[0]
    if error.validator == "type":
        kind = _kinds(error.schema)[0]
        kinds = {
            "integer": "a whole number",
            "number": "a number, with a dot for decimals",
            "boolean": "true or false",
        }
        return f"column {column!r}: {error.instance!r}; write {kinds[kind]}, or nothing"
    what = not_one_of(error) if error.validator == "enum" else error.message
    return f"column {column!r}: {what}; correct it"
