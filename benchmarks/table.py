"""The table that every benchmark prints, or writes into a page of the docs."""

from collections.abc import Iterable, Sequence
from pathlib import Path

HEADER = ("what", "measured", "alternative", "ratio", "target", "verdict")


def show(title: str, rows: Iterable[tuple], header: tuple = HEADER) -> None:
    """Print rows of (what, measured, alternative, ratio, target, verdict), or others, aligned.

    Text is printed as it is, numbers with 3 digits, None as a dash, and the verdict True or
    False as "met" or "missed".

    >>> show("Speed", [("one block", "0.21 s", "4.6 s", 21.904, ">= 20", True)])
    Speed
    what       measured  alternative  ratio  target  verdict
    one block  0.21 s    4.6 s        21.9   >= 20   met
    """
    lines = [header, *([_text(cell) for cell in row] for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    print(title)
    for line in lines:
        print("  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip())


def markdown(rows: Iterable[Sequence], header: Sequence[str]) -> str:
    """The table as a page has it.

    >>> print(markdown([("one block", 21.904)], ("what", "ratio")), end="")
    | what | ratio |
    |---|---|
    | one block | 21.9 |
    """
    lines = [header, *([_text(cell) for cell in row] for row in rows)]
    first, *rest = (f"| {' | '.join(line)} |\n" for line in lines)
    return first + "|" + "---|" * len(header) + "\n" + "".join(rest)


def put(page: Path, name: str, text: str) -> None:
    """Write what a benchmark found into its place in a page.

    The place begins with the comment ``<!-- benchmarks/NAME -->`` and ends with the next
    ``<!-- end -->``; name the arguments of the benchmark where it has several places.

    Raises:
        SystemExit: the page has no such place.
    """
    begin, end = f"<!-- benchmarks/{name} -->\n", "<!-- end -->\n"
    before, found, rest = page.read_text(encoding="utf-8").partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise SystemExit(f"{page}: has no line {begin.strip()} with {end.strip()} after it")
    page.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


def _text(cell: object) -> str:
    if isinstance(cell, bool):
        return "met" if cell else "missed"
    if isinstance(cell, (int, float)):
        return f"{cell:,.0f}" if abs(cell) >= 100 else f"{cell:.3g}"
    return "-" if cell is None else str(cell)
