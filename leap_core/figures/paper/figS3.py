"""Names of all parts on one labeled image (paper: Supplementary Figure 3)."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from leap_core.figures import style
from leap_core.skeleton import Skeleton

MARGIN_PX = 10  # px around the outermost part
LINE = 3.6  # mm from one name to the next
WIDE = 0.3  # of the picture's width: room for the names on each side


@style.styled
def draw(image: np.ndarray, positions: np.ndarray, skeleton: Skeleton) -> Figure:
    """The skeleton with the name of each part beside the picture.

    Args:
        image: (y, x) grey reference image.
        positions: (joint, xy) its labels, px; NaN = not labeled, named below the picture.
    """
    image = np.asarray(image).reshape(*np.shape(image)[:2])
    positions = np.asarray(positions, float)
    known = np.flatnonzero(np.isfinite(positions).all(axis=1))
    limits = np.array([[-0.5, -0.5], [image.shape[1] - 0.5, image.shape[0] - 0.5]])
    if len(known):
        low = positions[known].min(axis=0) - MARGIN_PX
        high = positions[known].max(axis=0) + MARGIN_PX
        limits = np.clip([np.floor(low) - 0.5, np.ceil(high) + 0.5], limits[0], limits[1])
    (left, top), (right, bottom) = limits
    shown = image[int(top + 0.5) : int(bottom + 0.5), int(left + 0.5) : int(right + 0.5)]
    wide, high = right - left, bottom - top
    tall = max((LINE * -(-len(known) // 2) + 6), 0.95 * style.DOUBLE / (1 + 2 * WIDE) * high / wide)
    fig = style.figure(style.DOUBLE, tall + 10)
    ax = fig.add_subplot()
    ax.imshow(shown, cmap="gray", vmin=0, vmax=255, extent=(left, right, bottom, top))
    room = WIDE * wide
    places = label_places(positions[known], limits, room * 0.25)
    for place, k in zip(places, known, strict=True):
        side = "right" if place[0] < left else "left"
        ax.plot(*np.stack([positions[k], place]).T, color=style.GREY, lw=0.6, gid="leader")
        ax.text(
            place[0] + (-1 if side == "right" else 1), place[1], skeleton.parts[k], ha=side,
            va="center", fontsize=style.TEXT, color=style.BLACK,
        )  # fmt: skip
    style.draw_skeleton(ax, positions, skeleton, size=4)  # on top of the leaders
    style.image_axes(ax)
    ax.set(xlim=(left - room, right + room), ylim=(bottom, top), aspect="equal")
    ax.set_title(f"{len(skeleton)} parts of skeleton {skeleton.name}", loc="center")
    missing = [part for k, part in enumerate(skeleton.parts) if k not in known]
    if missing:
        ax.set_xlabel("not labeled here: " + ", ".join(missing), wrap=True)
    return fig


def label_places(points: np.ndarray, limits: np.ndarray, away: float) -> np.ndarray:
    """Where the name of each point begins: evenly down both sides of a picture.

    Names go to the places that make all leader lines together shortest: then no two cross.

    Args:
        points: (point, xy).
        limits: top-left and bottom-right corner of the picture.
        away: from the picture's side to the names.

    Returns:
        (point, xy), each x at one of the two sides.
    """
    from scipy.optimize import linear_sum_assignment

    (left, top), (right, bottom) = limits
    on_left = -(-len(points) // 2)
    slots = []
    for x, count in ((left - away, on_left), (right + away, len(points) - on_left)):
        gap = (bottom - top) / max(count, 1)
        slots += [(x, top + gap * (k + 0.5)) for k in range(count)]
    places = np.array(slots).reshape(-1, 2)
    cost = np.linalg.norm(points[:, None] - places[None], axis=-1)
    return places[linear_sum_assignment(cost)[1]]
