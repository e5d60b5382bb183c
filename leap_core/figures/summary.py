"""The first page of the report: what was done, what to look at first, what was left out."""

from __future__ import annotations

import html
from collections.abc import Collection, Sequence

from leap_core.figures.facts import Facts

# so many lines of each kind, so long, fit a printed page with all the rest
MOST_WARNINGS, MOST_DOUBTS, MOST_LEFT_OUT = 8, 4, 15
LEFT_OUT_WITH_WARNINGS = 5
MOST_FIGURES = 6
LONGEST = 210  # characters

# figure -> why to look at it, most worth it first
LOOK = {
    "tracking": "the path and the doubtful frames of every video",
    "alignment": "the crops of every recording that are most worth a look",
    "worst": "the test images with the largest errors",
    "evaluation": "the error of every part",
    "validation": "every measure against its target",
    "poses": "twelve frames of every recording with their skeleton",
    "confidence": "which parts are missing how often",
    "stability": "whether half of the data gives the same map",
    "refits": "which regions come back when the map is made again",
    "clips": "example bouts of every region: whether a region is one behavior",
    "groups": "what differs between the groups, and by how much",
    "ethogram": "what happens when",
}

STYLE = """
@page {size: A4; margin: 12mm}
body {font: 15px/1.4 sans-serif; margin: 2em; max-width: 60em; color: #111}
h1 {font-size: 1.4em; margin: 0 0 .6em}
h2 {font-size: 1.1em; margin: 1.1em 0 .3em; border-bottom: 1px solid #888}
table {border-collapse: collapse}
td, th {padding: .15em 1em .15em 0; text-align: left; vertical-align: top}
th {white-space: nowrap; font-weight: 600}
td {overflow-wrap: anywhere}
p {margin: .4em 0}
ul {margin: .2em 0; padding-left: 1.2em}
li {overflow-wrap: anywhere}
@media print {
body {font-size: 8.5pt; line-height: 1.2; margin: 0; max-width: none}
h2 {margin-top: .7em} p {margin: .2em 0} td, th {padding: 0 1em 0 0}
}
""".strip()


def draw(facts: Facts, dataset: str, figures: Collection[str]) -> str:
    """The page, which needs nothing else: no picture, no script, no network.

    Args:
        figures: names of those that the dataset has.
    """
    title = f"Summary of {html.escape(dataset)}"
    return "\n".join(
        [
            "<!DOCTYPE html>",
            f'<html lang="en"><head><meta charset="utf-8"><title>{title}</title>',
            f"<style>{STYLE}</style></head>",
            f"<body><h1>{title}</h1>",
            "<h2>What was done</h2>",
            *_table(facts.done),
            "<h2>What to look at first</h2>",
            *_doubted(facts),
            *_looked_at(figures),
            "<h2>What was left out</h2>",
            *_left_out(facts),
            "</body></html>\n",
        ]
    )


def _doubted(facts: Facts) -> list[str]:
    lines = []
    if facts.warnings:
        shown = facts.warnings[:MOST_WARNINGS]
        lines += ["<p>Before anything else is believed:</p>", *_table(shown)]
        lines += _more(len(facts.warnings) - len(shown), "warnings.html")
    if facts.doubts:
        shown_doubts = facts.doubts[:MOST_DOUBTS]
        lines += ["<p>Of the results:</p>", *_list(shown_doubts)]
        lines += _more(len(facts.doubts) - len(shown_doubts), "validation.json")
    if not facts.judged:
        return ["<p>Nothing of this dataset is judged: poses came from another program.</p>"]
    return lines or [f"<p>Nothing warns. Looked at were {', '.join(facts.judged)}.</p>"]


def _looked_at(figures: Collection[str]) -> list[str]:
    names = [name for name in LOOK if name in figures][:MOST_FIGURES]
    if not names:
        return []
    return ["<p>Figures to begin with:</p>", *_table([(name, LOOK[name]) for name in names])]


def _left_out(facts: Facts) -> list[str]:
    if not facts.left_out:
        return ["<p>No stage left anything out.</p>"]
    crowded = len(facts.warnings) + len(facts.doubts) > 2
    shown = facts.left_out[: LEFT_OUT_WITH_WARNINGS if crowded else MOST_LEFT_OUT]
    rows = [(stage, f"{recordings}: {note}") for stage, recordings, note in shown]
    return [*_table(rows), *_more(len(facts.left_out) - len(shown), "Notes")]


def _more(number: int, place: str) -> list[str]:
    return [f"<p>{number} more in {place}.</p>"] if number > 0 else []


def _table(rows: Sequence[tuple[str, str]]) -> list[str]:
    if not rows:
        return []
    cells = (f"<tr><th>{_text(name)}</th><td>{_text(told)}</td></tr>" for name, told in rows)
    return ["<table>", *cells, "</table>"]


def _list(lines: Sequence[str]) -> list[str]:
    return ["<ul>", *(f"<li>{_text(line)}</li>" for line in lines), "</ul>"]


def _text(text: str) -> str:
    """Escaped; what is too long for the page ends in dots."""
    return html.escape(text if len(text) <= LONGEST else f"{text[: LONGEST - 2]} …")
