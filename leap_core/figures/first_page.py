"""What is likely wrong with videos and tracks, in one page before any result."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import Any

from leap_core.preprocess import auditing


def warnings(
    videos: Sequence[str], audits: Iterable[dict[str, Any]], doubts: Iterable[list[str]]
) -> list[tuple[str, str, str]]:
    """Video, what it is about (track or video) and line: of each video the most serious first."""
    rows = []
    for video, audit, lines in zip(videos, audits, doubts, strict=True):
        rows += [(video, "track", line) for line in lines]
        rows += [(video, "video", line) for line in auditing.warnings_of(audit)]
    return rows


def draw(rows: list[tuple[str, str, str]], dataset: str) -> str:
    """A small web page of its own.

    Args:
        rows: video, what it is about, and a line.
    """
    title = f"Warnings of {html.escape(dataset)}"
    lines = [
        "<!DOCTYPE html>",
        f'<html lang="en"><head><meta charset="utf-8"><title>{title}</title>',
        "<style>body {font: 15px/1.45 sans-serif; margin: 2em; max-width: 60em}",
        "td, th {padding: .35em 1em .35em 0; text-align: left; vertical-align: top}",
        "tr + tr td {border-top: 1px solid #ddd}</style></head>",
        f"<body><h1>{title}</h1>",
    ]
    if rows:
        lines.append("<p>Look at these before anything else is believed.</p>")
        lines.append("<table><tr><th>video</th><th>about</th><th>warning</th></tr>")
        for row in rows:
            lines.append("<tr>" + "".join(f"<td>{html.escape(v)}</td>" for v in row) + "</tr>")
        lines.append("</table>")
    else:
        lines.append("<p>Nothing in the videos and their tracks looks wrong.</p>")
    return "\n".join([*lines, "</body></html>"]) + "\n"
