"""Part-wise accuracy on the animal (paper: Figure 2a)."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle

from leap_core.figures import style
from leap_core.skeleton import Skeleton

QUANTILES = {0.50: "#F0E442", 0.75: style.ORANGE, 0.90: style.VERMILLION}
MARGIN = 12  # px around the outermost part


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
    image = np.asarray(image).reshape(np.shape(image)[:2])
    positions = np.asarray(positions, float)
    errors = np.asarray(errors, float)
    shown = np.isfinite(positions).all(axis=1)
    (left, top), (right, bottom) = _window(positions[shown], image.shape)
    fig = style.figure(style.SINGLE, 20 + 85 * (bottom - top) / (right - left))
    ax = fig.add_subplot()
    # half as bright as it could be: the rings must stand out on the animal's white body
    ax.imshow(image, cmap="gray", vmin=0, vmax=max(1, 1.8 * float(np.max(image, initial=0))))
    ax.set(xlim=(left, right), ylim=(bottom, top))
    unknown = False
    for k in np.flatnonzero(shown):
        known = errors[np.isfinite(errors[:, k]), k]
        if not len(known):
            unknown = True
            ax.plot(*positions[k], "x", color=style.SKY, ms=3.5, mew=0.8)
            continue
        for share, colour in QUANTILES.items():
            ring = Circle(positions[k], float(np.quantile(known, share)), fill=False, ec=colour)
            ring.set(lw=0.8, gid=f"{skeleton.parts[k]} {share:.0%}")
            ax.add_patch(ring)
    style.image_axes(ax)
    _scale_bar(ax)
    samples = int(np.isfinite(errors).any(axis=1).sum())
    ax.set_title(f"Error of each part, {samples} test images")
    handles = [
        Line2D([], [], ls="", marker="o", mfc="none", mec=c, mew=1.2, ms=6, label=f"{q:.0%}")
        for q, c in QUANTILES.items()
    ]
    if unknown:
        cross = {"ls": "", "marker": "x", "color": style.SKY, "ms": 4}
        handles.append(Line2D([], [], label="no test label", **cross))
    legend = fig.legend(
        handles=handles,
        loc="outside lower center",
        ncols=4,
        title="share of labels nearer than the ring",
    )
    legend.get_title().set_fontsize(style.TEXT)
    return fig


def _window(points: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Top-left and bottom-right corner: the animal with a margin, never more than the image."""
    limits = np.array([[-0.5, -0.5], [shape[1] - 0.5, shape[0] - 0.5]])
    if len(points):
        low, high = points.min(axis=0) - MARGIN, points.max(axis=0) + MARGIN
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
