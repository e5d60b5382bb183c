"""What every stage left out or could not know, in one table for the report."""

from __future__ import annotations

import html
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from leap_core.io import hdf5

COLUMNS = ("stage", "recording", "note")


def collect(paths: Iterable[str | Path]) -> pd.DataFrame:
    """The notes of result files, one row per file that has one.

    Args:
        paths: HDF5 files of any kind (see docs/formats.md).

    Returns:
        Columns ``stage`` (the file's kind; "of pixels" where it is that map's), ``recording``
        ("all" for files of a whole dataset) and ``note``, in the order of ``paths``; a note that
        several stages hand on stands once.

    Raises:
        UserError: a missing or unreadable file.
    """
    rows, said = [], set()
    for path in paths:
        format = hdf5.kind(path)
        stage = format.removeprefix("leap-").split("/")[0]
        # the map of pixels has files of the same kinds as that of poses
        if "pixels" in Path(path).parts[-3:-1] and not stage.startswith("pixel"):
            stage = f"{stage} of pixels"
        with hdf5.taken_apart(path, format) as file:
            recording = str(file.attrs.get("recording", "")) or "all"
            note = str(file.attrs.get("note", ""))
        if note and (recording, note) not in said:
            said.add((recording, note))
            rows.append((stage, recording, note))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def page(table: pd.DataFrame, dataset: str) -> str:
    """The table as a small web page of its own."""
    title = f"Notes of {html.escape(dataset)}"
    lines = [
        "<!DOCTYPE html>",
        f'<html lang="en"><head><meta charset="utf-8"><title>{title}</title>',
        "<style>body {font: 15px/1.45 sans-serif; margin: 2em; max-width: 60em}",
        "td, th {padding: .35em 1em .35em 0; text-align: left; vertical-align: top}",
        "tr + tr td {border-top: 1px solid #ddd}</style></head>",
        f"<body><h1>{title}</h1>",
    ]
    if len(table):
        lines.append("<table><tr>" + "".join(f"<th>{c}</th>" for c in COLUMNS) + "</tr>")
        for row in table.itertuples(index=False):
            lines.append("<tr>" + "".join(f"<td>{html.escape(str(v))}</td>" for v in row) + "</tr>")
        lines.append("</table>")
    else:
        lines.append("<p>No stage left anything out.</p>")
    return "\n".join([*lines, "</body></html>"]) + "\n"
