"""The look of all figures: sizes, fonts, colours, and saving to equal bytes.

Every colour that means something (a leg, a part group, a gait mode, a split, a region) is
defined here once.  The palette is that of Okabe and Ito, made for colour-blind readers, with a
lighter shade of the same hue for the right body side.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colorbar import Colorbar
from matplotlib.colors import LinearSegmentedColormap, to_hex, to_rgb
from matplotlib.figure import Figure, FigureBase, SubFigure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import ScalarFormatter

from leap_core.errors import UserError
from leap_core.gait.legs import leg_place
from leap_core.io.atomic import atomic_path
from leap_core.skeleton import Skeleton

SINGLE, DOUBLE = 89.0, 183.0  # mm: one and two journal columns
DPI = 200
TEXT, SMALL, TINY = 7.0, 6.0, 5.0  # pt

BLACK, GREY, LIGHT = "#222222", "#7F7F7F", "#D9D9D9"
BLUE, SKY, GREEN, ORANGE = "#0072B2", "#56B4E9", "#009E73", "#E69F00"
VERMILLION, PURPLE, GOLD = "#D55E00", "#CC79A7", "#C9A400"

LEG_COLOURS = {
    "LF": BLUE,
    "LM": VERMILLION,
    "LH": GREEN,
    "RF": SKY,
    "RM": "#F5A05A",
    "RH": "#66D1AE",
}
GROUP_COLOURS = {
    "head": PURPLE,
    "body": "#8A5AC2",
    "wings": GOLD,
    "forelegs": BLUE,
    "midlegs": VERMILLION,
    "hindlegs": GREEN,
}
GAIT_COLOURS = {"tripod": VERMILLION, "tetrapod": BLUE, "non-canonical": GREY}
PHASE_COLOURS = {"swing": ORANGE, "stance": BLUE}
# Behaviors of the synthetic fly: walking in blues, turning red, grooming in other hues.
BEHAVIOR_COLOURS = {
    "stand": "#B3B3B3",
    "walk_slow": "#A6CEE3",
    "walk_medium": SKY,
    "walk_fast": BLUE,
    "turn": VERMILLION,
    "groom_front": GREEN,
    "groom_abdomen": "#7A3E9D",
    "groom_wing_left": ORANGE,
    "groom_wing_right": "#F2D64B",
}
SPLIT_COLOURS = {"train": BLUE, "validation": ORANGE, "test": VERMILLION, "none": GREY}
FLAG = VERMILLION  # what a reader should check
CYCLE = (BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY, GOLD, GREY)

_ROUND = np.linspace(0.12, 1, 90)
# perceptually uniform, with its light end led to white: nothing there, no ink
DENSITY = LinearSegmentedColormap.from_list(
    "density", [(0, "white"), *zip(_ROUND, matplotlib.colormaps["magma_r"](_ROUND), strict=True)]
)
AMPLITUDE = matplotlib.colormaps["magma"]
DIVERGING = matplotlib.colormaps["RdBu_r"]
TIME = matplotlib.colormaps["viridis"]
PACE = matplotlib.colormaps["plasma"]

FONT = "DejaVu Sans"  # comes with matplotlib: the same letters on every machine
RC = {
    "font.family": FONT,
    "font.size": TEXT,
    "axes.titlesize": 8,
    "axes.labelsize": TEXT,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "xtick.labelsize": TEXT,
    "ytick.labelsize": TEXT,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.minor.size": 1.5,
    "ytick.minor.size": 1.5,
    "legend.fontsize": TEXT,
    "legend.frameon": False,
    "legend.handlelength": 1.4,
    "lines.linewidth": 1.0,
    "patch.linewidth": 0.6,
    "image.interpolation": "nearest",
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "pdf.fonttype": 42,
    "svg.hashsalt": "leap",
}
# what each format would otherwise stamp into the file
_METADATA = {
    ".png": {"Software": None},
    ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    ".svg": {"Date": None, "Creator": None},
}


def styled(draw: Callable[..., Figure]) -> Callable[..., Figure]:
    """Run ``draw`` under the shared look, leaving matplotlib's own settings as they were."""

    @functools.wraps(draw)
    def wrapper(*args, **kwargs) -> Figure:
        with _look():
            return draw(*args, **kwargs)

    return wrapper


def _look():
    # from matplotlib's defaults: a matplotlibrc of the user's must not change the figures
    return matplotlib.style.context(["default", RC])


def figure(width_mm: float = SINGLE, height_mm: float = 60.0) -> Figure:
    """An empty figure of this size with automatic layout, bound to no window system."""
    layout = ConstrainedLayoutEngine(w_pad=0.03, h_pad=0.03)
    fig = Figure(figsize=(width_mm / 25.4, height_mm / 25.4), layout=layout, dpi=DPI)
    FigureCanvasAgg(fig)
    return fig


def save(fig: Figure, path: str | Path) -> None:
    """Write png (200 dpi), pdf or svg by suffix, atomically; equal figures give equal bytes.

    A figure's label, such as a placeholder's reason, becomes the subject of a pdf.

    Raises:
        UserError: another suffix.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in _METADATA:
        raise UserError(f"{path}: figures are written as {', '.join(_METADATA)}; change the suffix")
    about: dict[str, Any] = dict(_METADATA[suffix])
    if suffix == ".pdf" and fig.get_label():
        about["Subject"] = str(fig.get_label())
    with _look(), atomic_path(path) as temporary:
        _settle(fig)
        fig.savefig(temporary, dpi=DPI, metadata=about)


def picture(fig: Figure) -> np.ndarray:
    """The figure as (y, x, 3) RGB uint8, 200 dpi."""
    with _look():
        _settle(fig)
        canvas = fig.canvas
        assert isinstance(canvas, FigureCanvasAgg)  # :func:`figure` gives every figure one
        canvas.draw()
        return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def _settle(fig: Figure) -> None:
    """Run the layout once and round where it put things.

    The layout's solver orders its unknowns by memory address, so that places differ in their
    last digit from run to run, and with them the names in an svg file.
    """
    if fig.get_layout_engine() is None:
        return
    fig.draw_without_rendering()
    fig.set_layout_engine("none")
    inner = list(fig.subfigs)
    for part in inner:
        part.bbox_relative.p0 = np.round(part.bbox_relative.p0, 6)
        part.bbox_relative.p1 = np.round(part.bbox_relative.p1, 6)
        inner.extend(part.subfigs)
    for ax in fig.axes:
        for which in ("original", "active"):
            place = ax.get_position(original=which == "original")
            ax.set_position(np.round(place.bounds, 6), which=which)


def part_colours(skeleton: Skeleton) -> list[str]:
    """One colour per part: its leg's, else its group's, else the next of the cycle."""
    colours: dict[str, str] = {}
    for leg, colour in leg_colours(skeleton.legs).items():
        colours |= dict.fromkeys(skeleton.legs[leg], colour)
    for group, colour in group_colours(skeleton).items():
        for part in skeleton.groups[group]:
            colours.setdefault(part, colour)
    return [colours.get(part, CYCLE[k % len(CYCLE)]) for k, part in enumerate(skeleton.parts)]


def leg_colours(legs: Iterable[str]) -> dict[str, str]:
    """Colour of each leg by its side and row; of one whose name tells no place, the next.

    >>> leg_colours(["R2"]) == {"R2": LEG_COLOURS["RM"]}
    True
    """
    return {
        leg: LEG_COLOURS.get(leg_code(leg), CYCLE[k % len(CYCLE)]) for k, leg in enumerate(legs)
    }


def leg_code(leg: str) -> str:
    """``LF`` to ``RH`` for a leg of any spelling (L1, fore_left), else its name."""
    place = leg_place(leg)
    return leg if place is None else place[0] + "FMH"[place[1]]


def group_colours(skeleton: Skeleton) -> dict[str, str]:
    """Colour of each part group; groups without their own take what legs and others left."""
    taken = {GROUP_COLOURS[g] for g in skeleton.groups if g in GROUP_COLOURS}
    taken |= set(leg_colours(skeleton.legs).values())
    free = [c for c in CYCLE if c not in taken] or list(CYCLE)
    unknown = [g for g in skeleton.groups if g not in GROUP_COLOURS]
    rest = {g: free[k % len(free)] for k, g in enumerate(unknown)}
    return {g: GROUP_COLOURS.get(g) or rest[g] for g in skeleton.groups}


def set_colours(skeleton: Skeleton) -> dict[str, str]:
    """Colour of every set of ``skeleton.part_sets``: leg segments grey, darker towards the tip."""
    groups = group_colours(skeleton)
    segments = [name for name in skeleton.part_sets if name not in groups]
    greys = np.linspace(0.75, 0.3, max(1, len(segments)))
    return groups | {name: to_hex((g, g, g)) for name, g in zip(segments, greys, strict=False)}


def gait_colours(states: Sequence[str]) -> list[str]:
    """Colour of each gait mode."""
    return [GAIT_COLOURS.get(s, CYCLE[(k + 2) % len(CYCLE)]) for k, s in enumerate(states)]


def region_colour(region: int) -> tuple[float, float, float]:
    """Colour of a map region: 7 hues in 3 shades, by number, so that all figures agree.

    Region 0 (between regions) is light grey, -1 (no data) white.
    """
    if region < 1:
        return to_rgb(LIGHT if region == 0 else "white")
    hue = np.array(to_rgb(CYCLE[(region - 1) % 7]))
    shade = (region - 1) // 7 % 3
    if shade == 1:
        hue = 1 - 0.5 * (1 - hue)
    elif shade == 2:
        hue = 0.6 * hue
    return rgb(hue)


def rgb(colour: np.ndarray) -> tuple[float, float, float]:
    """The first three numbers of a colour."""
    red, green, blue = (float(c) for c in colour[:3])
    return red, green, blue


def behavior_colours(behaviors: Sequence[str]) -> list[str]:
    """Colour of each behavior; those without their own take the next of the cycle."""
    return [BEHAVIOR_COLOURS.get(b, CYCLE[k % len(CYCLE)]) for k, b in enumerate(behaviors)]


def image_axes(ax: Axes) -> None:
    """No ticks and no frame, for pictures."""
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_visible(False)


def message(ax: Axes, text: str) -> None:
    """Say in an otherwise empty panel why it is empty."""
    image_axes(ax)
    ax.text(
        0.5,
        0.5,
        text,
        transform=ax.transAxes,
        ha="center",
        va="center",
        color=GREY,
        fontsize=TEXT,
        wrap=True,
    )


def plain(text: str) -> str:
    """Text that a person has typed, to be drawn as it is: between two dollars no formula begins.

    >>> print(plain("$5 or $10"))
    \\$5 or \\$10
    """
    return text.replace("$", r"\$")


def powers(bar: Colorbar) -> None:
    """Numbers of a linear colour bar with one power of ten for all, where they need it."""
    formatter = bar.formatter
    assert isinstance(formatter, ScalarFormatter)  # of every linear colour bar
    formatter.set_powerlimits((-2, 2))
    formatter.set_useMathText(True)


def sheets(
    fig: FigureBase,
    rows: int,
    columns: int,
    height_ratios: Sequence[float] | None = None,
    width_ratios: Sequence[float] | None = None,
) -> list[SubFigure]:
    """A figure cut into parts with their own layout, row by row."""
    parts = fig.subfigures(
        rows, columns, squeeze=False, height_ratios=height_ratios, width_ratios=width_ratios
    )
    return list(parts.flat)


def count(number: int, thing: str) -> str:
    """A number of things in words.

    >>> count(1, "test image"), count(2, "test image")
    ('1 test image', '2 test images')
    """
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def letter(ax: Axes, text: str, dx_pt: float = -4.0) -> None:
    """Bold panel letter above the top-left corner."""
    ax.annotate(
        text,
        (0, 1),
        (dx_pt, 4),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="right",
        va="bottom",
        fontsize=9,
        fontweight="bold",
        annotation_clip=False,
    )


def draw_skeleton(
    ax: Axes,
    positions: np.ndarray,
    skeleton: Skeleton,
    solid: np.ndarray | None = None,
    size: float = 1.6,
) -> None:
    """Edges and parts of one animal over its image; missing parts are left out.

    Args:
        positions: (joint, xy) px; NaN = missing.
        solid: (joint,) bool; the others are drawn hollow and without edges.
    """
    positions = np.asarray(positions, float)
    here = np.isfinite(positions).all(axis=1)
    solid = here if solid is None else here & np.asarray(solid, bool)
    colours = part_colours(skeleton)
    for a, b in skeleton.edges:
        if solid[a] and solid[b]:
            ax.plot(*positions[[a, b]].T, color=colours[b], lw=size * 0.45, solid_capstyle="round")
    for k in np.flatnonzero(here):
        fill = colours[k] if solid[k] else "none"
        ax.plot(*positions[k], "o", ms=size, mfc=fill, mec=colours[k], mew=size * 0.25)
