"""Overview of the workflow, in pictures of this dataset (paper: Figure 1a)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from leap_core.containers import BehaviorMap, Labels, Maps
from leap_core.figures import style
from leap_core.figures.paper.fig4a import extent, map_axes
from leap_core.skeleton import Skeleton

if TYPE_CHECKING:
    import pandas as pd

TILE, ARROW = 19.4, 3.8  # mm: side of a picture, and from one to the next
HEAD, FOOT = 8.5, 8.0  # mm: above the pictures, and below
MOSAIC = 3  # sampled images in a row of their picture
GREYS: dict[str, Any] = {"cmap": "gray", "vmin": 0, "vmax": 255}


class Steps(NamedTuple):
    """What the pictures show.

    Attributes:
        frame: (y, x) grey frame of a video.
        box: (4, xy) corners of the crop in it, px.
        crop: (y, x) that crop.
        sampled: (sample, y, x) images chosen for labeling.
        labels: the labeled images.
        history: of the training: ``epoch``, ``loss``, ``validation_loss``.
        maps: confidence maps; the first sample is shown.
        map: of behavior.
    """

    frame: np.ndarray
    box: np.ndarray
    crop: np.ndarray
    sampled: np.ndarray
    labels: Labels
    history: pd.DataFrame
    maps: Maps
    map: BehaviorMap


@style.styled
def draw(steps: Steps, reference: int = 0) -> Figure:
    """Four phases in eight pictures: preprocessing, training, prediction, analysis.

    Args:
        reference: the sample of ``steps.labels`` that is shown.
    """
    fig = style.figure(style.DOUBLE, HEAD + TILE + FOOT)
    fig.set_layout_engine("none")
    axes = [_tile(fig, k) for k in range(8)]
    raw, crop, sampled, labeled, training, maps, poses, behavior = axes
    raw.imshow(steps.frame, **GREYS)
    raw.add_patch(Polygon(steps.box, fill=False, ec=style.ORANGE, lw=1, gid="crop"))
    crop.imshow(steps.crop, **GREYS)
    sampled.imshow(mosaic(steps.sampled), **GREYS)
    labeled.imshow(steps.labels.images[reference, ..., 0], **GREYS)
    _parts(labeled, steps.labels.positions[reference], steps.labels.skeleton)
    _loss(training, steps.history)
    image, values = steps.maps.images[0, ..., 0], np.asarray(steps.maps.maps[0], float)
    height, width = image.shape
    shown = (-0.5, width - 0.5, height - 0.5, -0.5)  # maps may be smaller than the image
    maps.imshow(values.max(axis=-1), cmap=style.AMPLITUDE, vmin=0, vmax=1, extent=shown)
    poses.imshow(image, **GREYS)
    style.draw_skeleton(poses, steps.maps.positions[0], steps.maps.skeleton, size=1.6)
    look: dict[str, Any] = {"origin": "lower", "cmap": style.DENSITY, "extent": extent(steps.map)}
    behavior.imshow(steps.map.density, **look)
    map_axes(behavior, steps.map)
    behavior.set(xlabel="", ylabel="")
    for ax in axes:
        style.image_axes(ax)
    names = ["video", "egocentric crop", "diverse frames", "labels", "training"]
    names += ["confidence maps", "poses", "behavior map"]
    wide, tall = style.DOUBLE, HEAD + TILE + FOOT
    for k, name in enumerate(names):
        place = (_left(k) + TILE / 2) / wide, (FOOT - 0.8) / tall
        fig.text(*place, name, fontsize=style.SMALL, ha="center", va="top")
    _phases(fig)
    _arrows(fig)
    return fig


def mosaic(images: np.ndarray) -> np.ndarray:
    """Up to nine images (sample, y, x), far apart in their order, as one; black where none is.

    >>> mosaic(np.full((9, 2, 2), 7)).shape, int(mosaic(np.full((1, 2, 2), 7)).sum())
    ((6, 6), 28)
    """
    count = min(len(images), MOSAIC**2)
    chosen = np.linspace(0, len(images) - 1, count).astype(int)
    height, width = images.shape[1:3]
    page = np.zeros((MOSAIC * height, MOSAIC * width), images.dtype)
    for k, row in enumerate(chosen):
        y, x = divmod(k, MOSAIC)
        page[y * height : (y + 1) * height, x * width : (x + 1) * width] = images[row]
    return page


def _tile(fig: Figure, k: int) -> Axes:
    wide, tall = style.DOUBLE, HEAD + TILE + FOOT
    return fig.add_axes((_left(k) / wide, FOOT / tall, TILE / wide, TILE / tall))


def _left(k: int) -> float:
    """Left edge of a picture, mm."""
    return (style.DOUBLE - 8 * TILE - 7 * ARROW) / 2 + k * (TILE + ARROW)


def _parts(ax: Axes, positions: np.ndarray, skeleton: Skeleton) -> None:
    """The markers alone: what a person has placed."""
    for place, colour in zip(positions, style.part_colours(skeleton), strict=True):
        ax.plot(*place, "o", ms=1.7, color=colour, mec="white", mew=0.25)


def _loss(ax: Axes, history: pd.DataFrame) -> None:
    """Loss by epoch, without numbers: `training` shows them."""
    ax.set_box_aspect(1)
    for column, colour in (("loss", style.BLUE), ("validation_loss", style.ORANGE)):
        ax.plot(history["epoch"], history[column], color=colour, lw=0.9)
    ax.text(0.97, 0.97, "loss", transform=ax.transAxes, ha="right", va="top", fontsize=style.SMALL)
    ax.margins(0.08)


def _phases(fig: Figure) -> None:
    """A bar over the pictures of each phase."""
    wide, tall = style.DOUBLE, HEAD + TILE + FOOT
    phases = {"I  preprocessing": (0, 2), "II  training": (2, 5), "III  prediction": (5, 7)}
    for name, (first, end) in (phases | {"IV  analysis": (7, 8)}).items():
        left, right = _left(first), _left(end) - ARROW
        bar = fig.add_axes((left / wide, (tall - 5.6) / tall, (right - left) / wide, 5 / tall))
        bar.set_axis_off()
        bar.axhline(0.02, color=style.BLACK, lw=0.8)
        bar.text(0, 0.2, name, fontsize=style.TEXT, fontweight="bold", va="bottom")


def _arrows(fig: Figure) -> None:
    """From picture to picture; back from training to labels, whose first places it proposes."""
    page = fig.add_axes((0, 0, 1, 1), zorder=-1)
    page.set_axis_off()
    tall = HEAD + TILE + FOOT
    page.set(xlim=(0, style.DOUBLE), ylim=(0, tall))
    look: dict[str, Any] = {
        "arrowstyle": "-|>,head_width=0.15,head_length=0.25",
        "color": style.BLACK,
        "lw": 0.8,
    }
    look |= {"shrinkA": 0, "shrinkB": 0}
    for k in range(7):
        left = _left(k) + TILE
        ends = (left + ARROW - 0.5, FOOT + TILE / 2), (left + 0.5, FOOT + TILE / 2)
        page.annotate("", *ends, arrowprops=look)
    middle = _left(3) + TILE / 2, _left(4) + TILE / 2
    back = look | {"connectionstyle": "bar,fraction=-0.09", "color": style.GREY}
    page.annotate("", (middle[0], 4.2), (middle[1], 4.2), arrowprops=back)
    text: dict[str, Any] = {
        "ha": "center",
        "va": "top",
        "fontsize": style.TINY,
        "color": style.GREY,
    }
    page.text(sum(middle) / 2, 1.9, "estimates to correct", **text)
