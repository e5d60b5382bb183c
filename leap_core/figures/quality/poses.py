"""Contact sheet of predicted poses (paper: Figure 1d, e, right)."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from leap_core.figures import placeholder, style
from leap_core.skeleton import Skeleton

MOST_FRAMES, COLUMNS = 12, 4


@style.styled
def draw(
    images: np.ndarray,
    positions: np.ndarray,
    confidence: np.ndarray,
    skeleton: Skeleton,
    min_confidence: float = 0.6,
    frame: np.ndarray | None = None,
) -> Figure:
    """Up to 12 evenly spaced frames with the predicted skeleton.

    Args:
        images: (frame, y, x) or (frame, y, x, channel) uint8; may be an open HDF5 dataset, of
            which only the shown frames are read.
        positions: (frame, joint, xy) px; NaN = missing.
        confidence: (frame, joint); parts below ``min_confidence`` are hollow, without edges.
        frame: (frame,) frame numbers in the video, for the titles; absent = images are counted.
    """
    positions = np.asarray(positions, float)
    frames = len(positions)
    if not frames:
        return placeholder.draw("Poses", "no frames were predicted")
    chosen = np.unique(np.linspace(0, frames - 1, MOST_FRAMES).round().astype(int))
    columns = min(COLUMNS, len(chosen))
    rows = -(-len(chosen) // columns)
    height, width = images.shape[1:3]
    tile = style.DOUBLE / COLUMNS
    fig = style.figure(max(style.SINGLE, tile * columns), rows * (tile * height / width + 4))
    panels = fig.subplots(rows, columns, squeeze=False)
    for ax in panels.flat:
        style.image_axes(ax)
    for ax, k in zip(panels.flat, chosen, strict=False):
        picture = np.asarray(images[int(k)]).reshape(height, width, -1)[..., 0]
        ax.imshow(picture, cmap="gray", vmin=0, vmax=255)
        sure = np.asarray(confidence[k]) >= min_confidence
        style.draw_skeleton(ax, positions[k], skeleton, solid=sure, size=2.4)
        ax.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
        name = f"image {k + 1}" if frame is None else f"frame {frame[k]}"
        unsure = int(np.sum(~sure & np.isfinite(positions[k]).all(axis=1)))
        missing = int(np.sum(~np.isfinite(positions[k]).all(axis=1)))
        notes = [name, *([f"{unsure} unsure"] if unsure else [])]
        notes += [f"{missing} missing"] if missing else []
        ax.set_title(", ".join(notes), fontsize=style.SMALL, pad=2.5, loc="center")
    return fig
