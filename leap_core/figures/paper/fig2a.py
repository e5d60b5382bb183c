"""Part-wise accuracy on the animal (paper: Figure 2a)."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle

from leap_core.figures import style
from leap_core.skeleton import Skeleton

QUANTILES = {0.50: "#F0E442", 0.75: style.ORANGE, 0.90: style.VERMILLION}
MARGIN_PX = 12  # px around the outermost part


@style.styled
def draw(
    image: np.ndarray, positions: np.ndarray, errors: np.ndarray, skeleton: Skeleton
) -> Figure:
    """Rings around each part: 50, 75 and 90 % of test images are closer than the radius.

    Args:
        image: (y, x) grey reference image.
        positions: (joint, xy) its labels, px; NaN = not labeled, no rings there.
        errors: (sample, joint) distance to the label, px; NaN = not labeled.
    """
    fig = style.figure(style.SINGLE, 20 + 85 * aspect(image, positions))
    ax = fig.add_subplot()
    unknown = rings(ax, image, positions, errors, skeleton)
    samples = int(np.isfinite(errors).any(axis=1).sum())
    ax.set_title(f"Error of each part, {style.count(samples, 'test image')}")
    legend(fig, unknown)
    return fig


def rings(ax: Axes, image, positions, errors, skeleton: Skeleton) -> bool:
    """The panel of :func:`draw`; whether a part is shown that has no test label."""
    errors = np.asarray(errors, float)
    frame(ax, image, positions)
    unknown = False
    for k in np.flatnonzero(np.isfinite(positions).all(axis=1)):
        known = errors[np.isfinite(errors[:, k]), k]
        if not len(known):
            unknown = True
            ax.plot(*positions[k], "x", color=style.SKY, ms=3.5, mew=0.8)
            continue
        for share, colour in QUANTILES.items():
            ring = Circle(positions[k], float(np.quantile(known, share)), fill=False, ec=colour)
            ring.set(lw=0.8, gid=f"{skeleton.parts[k]} {share:.0%}")
            ax.add_patch(ring)
    _scale_bar(ax)
    return unknown


def frame(ax: Axes, image: np.ndarray, positions: np.ndarray) -> None:
    """The animal in its part of the image."""
    (left, top), (right, bottom) = _window(positions, np.shape(image))
    dim(ax, image)
    ax.set(xlim=(left, right), ylim=(bottom, top))


def dim(ax: Axes, image: np.ndarray) -> None:
    """An image with a dim body, on which marks stand out, and with legs that can be seen."""
    image = np.asarray(image).reshape(np.shape(image)[:2])
    brightest = max(1, 2.5 * float(np.max(image, initial=0)))
    ax.imshow(image, cmap="gray", norm=PowerNorm(0.6, 0, brightest))
    style.image_axes(ax)


def legend(fig: Figure, unknown: bool) -> None:
    """What the rings mean, below the figure."""
    handles = [
        Line2D([], [], ls="", marker="o", mfc="none", mec=c, mew=1.2, ms=6, label=f"{q:.0%}")
        for q, c in QUANTILES.items()
    ]
    if unknown:
        cross: dict[str, Any] = {"ls": "", "marker": "x", "color": style.SKY, "ms": 4}
        handles.append(Line2D([], [], label="no test label", **cross))
    place: dict[str, Any] = {"loc": "outside lower center", "ncols": 4}
    box = fig.legend(handles=handles, title="share of labels nearer than the ring", **place)
    box.get_title().set_fontsize(style.TEXT)


def aspect(image: np.ndarray, positions: np.ndarray) -> float:
    """Height over width of what :func:`frame` shows."""
    width, height = np.diff(_window(positions, np.shape(image)), axis=0)[0]
    return float(height / width)


def _window(points: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Top-left and bottom-right corner: the animal with a margin, never more than the image."""
    points = np.asarray(points, float)[np.isfinite(points).all(axis=1)]
    limits = np.array([[-0.5, -0.5], [shape[1] - 0.5, shape[0] - 0.5]])
    if len(points):
        low, high = points.min(axis=0) - MARGIN_PX, points.max(axis=0) + MARGIN_PX
        limits = np.clip([low, high], limits[0], limits[1])
    return limits


def _scale_bar(ax, length: float = 10.0) -> None:
    """White bar of ``length`` px in the lower left corner."""
    x0, (bottom, top) = ax.get_xlim()[0], ax.get_ylim()
    y = bottom - 0.05 * (bottom - top)
    x = x0 + 0.05 * (ax.get_xlim()[1] - x0)
    ax.plot([x, x + length], [y, y], color="white", lw=2, solid_capstyle="butt")
    text = {"color": "white", "fontsize": style.TEXT, "ha": "left", "va": "bottom"}
    ax.text(x, y - 0.015 * (bottom - top), f"{length:g} px", **text)
