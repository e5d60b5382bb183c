"""A whole figure of the paper: its panels at their own size on one page of a journal."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from leap_core.figures import style
from leap_core.figures.paper.panels import Panel
from leap_core.io.montage import Put

WIDTH, HEIGHT = style.DOUBLE, 247.0  # mm: the most that a journal's page holds
STRIP = 4.2  # mm above a panel for its letter
SPACE = 1.5  # mm between rows without letters
EMPTY = 24.0  # mm: height of the place of a missing panel
EDGE = 1e-6  # mm


class Drawn(NamedTuple):
    """A panel's picture: file, mm, and why it is only a placeholder ("" = it is none)."""

    path: Path
    width: float
    height: float
    remark: str = ""


class Place(NamedTuple):
    """Where a panel stands, mm from the page's top left corner; ``letter`` is above its left."""

    panel: Panel
    left: float
    top: float
    width: float
    height: float
    letter: str


class Page(NamedTuple):
    """A page before it is scaled: places, height (mm), and the scale that makes it fit."""

    places: list[Place]
    height: float
    scale: float


def lay_out(
    rows: Sequence[Sequence[Panel]], drawn: Mapping[str, Drawn], missing: Collection[str] = ()
) -> Page:
    """Rows from top to bottom, panels from left to right at their own size.

    A panel that does not fit beside those before it begins a new row.  A page that is too tall is
    scaled as a whole, so that all text on it keeps one size.

    Args:
        drawn: picture -> what was drawn.
        missing: pictures for which an empty place is kept; what is in neither has none (it is a row
            of another panel's picture).
    """
    places: list[Place] = []
    top = 0.0
    rows = [[panel for panel in row if panel.picture in {*drawn, *missing}] for row in rows]
    for row in _fitting(rows, drawn):
        letters = [_letter(panel, drawn.get(panel.picture)) for panel in row]
        sizes = [_size(panel, drawn.get(panel.picture)) for panel in row]
        top += STRIP if any(letters) else SPACE if places else 0
        free = WIDTH - sum(width for width, _ in sizes)
        gap = max(0.0, free) / (len(row) - 1) if len(row) > 1 else 0.0
        left = 0.0
        for panel, (width, height), letter in zip(row, sizes, letters, strict=True):
            places.append(Place(panel, left, top, width, height, letter))
            left += width + gap
        top += max(height for _, height in sizes)
    widest = max([WIDTH, *(place.left + place.width for place in places)])
    return Page(places, top, min(1.0, HEIGHT / top, WIDTH / widest))


def _fitting(rows, drawn: Mapping[str, Drawn]) -> list[list[Panel]]:
    found: list[list[Panel]] = []
    for row in rows:
        used = WIDTH + 1
        for panel in row:
            width, _ = _size(panel, drawn.get(panel.picture))
            if used + width > WIDTH + EDGE:
                found.append([])
                used = 0.0
            found[-1].append(panel)
            used += width
    return found


def _size(panel: Panel, picture: Drawn | None) -> tuple[float, float]:
    return (picture.width, picture.height) if picture else (panel.width, EMPTY)


def _letter(panel: Panel, picture: Drawn | None) -> str:
    """What the page writes: nothing where the picture bears its letters."""
    if panel.lettered and picture and not picture.remark:
        return ""
    return span(panel.letters)


def span(letters: str) -> str:
    """Letters as the paper names several panels.

    >>> span("c"), span("ab"), span("cdefgh"), span("")
    ('c', 'a, b', 'c-h', '')
    """
    return f"{letters[0]}-{letters[-1]}" if len(letters) > 2 else ", ".join(letters)


def puts(page: Page, drawn: Mapping[str, Drawn], suffix: str) -> list[Put]:
    """The pictures with their places on the scaled page; ``suffix``: ".pdf" or ".png"."""
    return [
        Put(drawn[place.panel.picture].path.with_suffix(suffix), *(page.scale * v for v in box))
        for place in page.places
        if place.panel.picture in drawn
        for box in [(place.left, place.top, place.width, place.height)]
    ]


@style.styled
def draw(page: Page, name: str, reasons: Mapping[str, str]) -> Figure:
    """The page without its pictures: letters, and boxes that say which panel is missing and why.

    Args:
        name: of the figure, such as "Figure1".
        reasons: picture -> why it is missing.
    """
    tall = page.height * page.scale
    fig = style.figure(WIDTH * page.scale, tall)
    fig.set_layout_engine("none")
    ax = fig.add_axes((0, 0, 1, 1))
    style.image_axes(ax)
    ax.set(xlim=(0, WIDTH), ylim=(page.height, 0))
    for place in page.places:
        if place.letter:
            ax.text(
                place.left + 0.3, place.top - STRIP + 0.2, place.letter, fontsize=9 * page.scale,
                fontweight="bold", va="top",
            )  # fmt: skip
        if place.panel.picture in reasons:
            _empty(ax, place, name, reasons[place.panel.picture], page.scale)
    return fig


def _empty(ax, place: Place, name: str, reason: str, scale: float) -> None:
    corner = (place.left + 0.5, place.top + 0.5)
    box = Rectangle(corner, place.width - 1, place.height - 1, fc="#F4F4F4", ec="none")
    ax.add_patch(box)
    wide = int(0.75 * place.width)  # letters of 7 pt in a line
    lines = [f"{title(name, place.panel.letters)}: {place.panel.shows}", "not drawn"]
    lines += textwrap.wrap(reason, wide)[:3]
    middle = place.top + place.height / 2
    for k, line in enumerate(lines):
        ax.text(
            place.left + place.width / 2, middle + 3.4 * (k - (len(lines) - 1) / 2), line,
            ha="center", va="center", fontsize=style.TEXT * scale,
            color=style.FLAG if k == 1 else style.BLACK, fontweight="bold" if k == 0 else "normal",
        )  # fmt: skip


def title(name: str, letters: str = "") -> str:
    """A figure, or panels of one, as they are named in text.

    >>> title("Figure4", "cdefgh"), title("FigureS3"), title("Movie2")
    ('Figure 4c-h', 'Figure S3', 'Movie 2')
    """
    kind = "Movie" if name.startswith("Movie") else "Figure"
    return f"{kind} {name.removeprefix(kind)}{span(letters)}"
