"""Small CSV files that people write by hand: a header, comments, and the numbers of lines."""

from __future__ import annotations

import csv
from pathlib import Path

from leap_core.errors import UserError


def entries(
    path: str | Path,
    header: list[str],
    needed: int,
    key: str,
    *,
    older: list[str] | None = None,
) -> list[tuple[int, list[str]]]:
    """Line number and cells of each entry; empty lines and ``#`` lines are skipped.

    Args:
        header: the columns, in this order.
        needed: the first so many must not be empty.
        key: of the config, that names the file.
        older: a header of fewer columns that is read too; cells of the others are empty.

    Raises:
        UserError: names the file, or the line and what is expected there.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; correct `{key}`") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not a readable text file ({error}); save it as UTF-8") from error
    found = []
    seen = None
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            cells = [cell.strip() for cell in next(csv.reader([line]))]
        except csv.Error as error:
            raise UserError(f"{path} line {number}: {error}; shorten or correct it") from None
        if seen is None:
            seen = cells
            if cells not in (header, older):
                raise UserError(
                    f"{path} line {number}: header is {','.join(cells)}, "
                    f"expected {','.join(header)}; correct it, with commas between the cells"
                )
            continue
        if len(cells) != len(seen) or not all(cells[:needed]):
            raise UserError(
                f"{path} line {number}: expected {','.join(seen)}, got {line.strip()!r}"
            )
        named = dict(zip(seen, cells, strict=True))
        found.append((number, [named.get(column, "") for column in header]))
    if seen is None:
        raise UserError(f"{path}: is empty; its first line is {','.join(header)}")
    return found
