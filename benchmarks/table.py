"""The table that every benchmark prints."""

from collections.abc import Iterable

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


def _text(cell: object) -> str:
    if isinstance(cell, bool):
        return "met" if cell else "missed"
    if isinstance(cell, (int, float)):
        return f"{cell:,.0f}" if abs(cell) >= 100 else f"{cell:.3g}"
    return "-" if cell is None else str(cell)
