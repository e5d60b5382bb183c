"""From image to confidence maps to positions (paper: Figure 1c)."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Circle, Rectangle

from leap_core.containers import Maps
from leap_core.figures import style
from leap_core.skeleton import Skeleton

INSETS = 3
ZOOM = 20  # px from a peak to the border of its inset
DIM, OPAQUE = 2.0, 2.5  # darkness of the image below the maps, and how soon they cover it
FRAMES = (style.SKY, style.ORANGE, style.GREEN)  # colour of each inset's border


@style.styled
def draw(maps: Maps) -> Figure:
    """i the crop, ii the maximum over all maps, single maps with their peaks, iii the skeleton.

    The first sample of ``maps`` is drawn.
    """
    image, values = maps.images[0, ..., 0], np.asarray(maps.maps[0], float)
    height, width = image.shape
    extent = (-0.5, width - 0.5, height - 0.5, -0.5)  # maps may be smaller than the image
    fig = style.figure(118, 22 + 31 * height / width)
    engine = fig.get_layout_engine()
    assert isinstance(engine, ConstrainedLayoutEngine)  # of every figure here
    engine.set(w_pad=0.07)  # room for the arrows
    grid = fig.add_gridspec(INSETS, 4, width_ratios=[3, 3, 1.3, 3])
    crop, all_maps, skeleton = (fig.add_subplot(grid[:, k]) for k in (0, 1, 3))
    for ax in (crop, skeleton):
        ax.imshow(image, cmap="gray", vmin=0, vmax=255)
    highest = values.max(axis=-1)
    all_maps.imshow(image, cmap="gray", vmin=0, vmax=DIM * 255)
    clear = np.clip(OPAQUE * highest, 0, 1)  # the image shows where no part is expected
    shown = all_maps.imshow(
        highest, cmap=style.AMPLITUDE, vmin=0, vmax=1, extent=extent, alpha=clear
    )
    style.draw_skeleton(skeleton, maps.positions[0], maps.skeleton, size=2.8)
    parts = inset_parts(maps.skeleton)
    for k, part in enumerate(parts):
        ax = fig.add_subplot(grid[k, 2])
        x, y = maps.positions[0, part]
        ax.imshow(values[..., part], cmap=style.AMPLITUDE, vmin=0, vmax=1, extent=extent)
        ax.add_patch(Circle((x, y), 3.5, fill=False, ec="white", lw=0.9, gid="peak"))
        ax.set(xlim=(x - ZOOM, x + ZOOM), ylim=(y + ZOOM, y - ZOOM), facecolor="black")
        ax.set_xlabel(
            f"{maps.skeleton.parts[part]} {maps.confidence[0, part]:.2f}",
            fontsize=style.SMALL, labelpad=2,
        )  # fmt: skip
        _frame(ax, FRAMES[k])
        corner, side = (x - ZOOM, y - ZOOM), 2 * ZOOM
        all_maps.add_patch(Rectangle(corner, side, side, fill=False, ec=FRAMES[k], lw=1))
    for ax in (crop, all_maps, skeleton):
        style.image_axes(ax)
        ax.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
    count = len(maps.skeleton)
    crop.set_title(f"Image ({width} $\\times$ {height} px)")
    all_maps.set_title(f"Maximum of {count} maps")
    skeleton.set_title("Peaks and skeleton")
    for ax in (crop, all_maps, skeleton):
        ax.set_anchor("N")
        _arrow(ax, before=ax is skeleton)
    fig.colorbar(
        shown, ax=all_maps, location="bottom", shrink=0.6, pad=0.02, panchor=(0.5, 1.0),
        ticks=[0, 0.5, 1], label="confidence",
    )  # fmt: skip
    return fig


def inset_parts(skeleton: Skeleton) -> list[int]:
    """The head and the first and last leg's tip; first, middle and last part without such roles.

    >>> inset_parts(Skeleton(parts=("a", "b", "c", "d")))
    [0, 2, 3]
    """
    count = len(skeleton)
    tips = list(skeleton.leg_tips.values())
    if skeleton.axis and len(tips) > 1:
        chosen = [skeleton.index(skeleton.axis[1]), tips[0], tips[-1]]
    else:
        chosen = [0, count // 2, count - 1]
    return list(dict.fromkeys(chosen))


def _arrow(ax, before: bool) -> None:
    """From this panel to the next, or from the one before to this."""
    begin, end = (-0.1, -0.01) if before else (1.01, 1.1)
    arrow = {"arrowstyle": "-|>", "color": style.BLACK, "lw": 0.8, "shrinkA": 0, "shrinkB": 0}
    drawn = ax.annotate(
        "", (end, 0.5), (begin, 0.5), xycoords="axes fraction", arrowprops=arrow,
        annotation_clip=False,
    )  # fmt: skip
    drawn.set_in_layout(False)


def _frame(ax, colour: str) -> None:
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set(visible=True, color=colour, linewidth=1.2)
