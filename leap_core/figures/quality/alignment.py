"""Contact sheet of one recording's alignment: the crops most worth a look (no paper figure)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from leap_core.containers import Track
from leap_core.excerpts import doubtful_frames
from leap_core.figures import placeholder, style
from leap_core.preprocess.plausibility import Doubt

COLUMNS = 6
LABEL_MM = 17  # beside the rows
TITLE_MM = 4.2
NAMES = {
    "doubt": "not what\na body does",
    "head unsure": "head unsure:\nlowest quality",
    "turn": "largest turn\nin one frame",
    "step": "largest step\nin one frame",
    "size": "size farthest\nfrom usual",
    "even": "ordinary,\nevenly spaced",
}


def frames_of(track: Track, animal: int, doubts: Sequence[Doubt] = ()) -> np.ndarray:
    """All frames that the sheet shows, ascending."""
    ranked = doubtful_frames.rank(
        track, animal, COLUMNS, [(d.first, d.last) for d in _of_animal(doubts, animal)]
    )
    return np.unique(np.concatenate([*ranked.values(), np.empty(0, int)])).astype(int)


@style.styled
def draw(
    track: Track, animal: int, images: dict[int, np.ndarray], doubts: Sequence[Doubt] = ()
) -> Figure:
    """Rows of crops by reason; head to the right if all is well.

    Args:
        images: frame -> (y, x) crop, for all of :func:`frames_of`.
    """
    doubts = _of_animal(doubts, animal)
    ranked = doubtful_frames.rank(track, animal, COLUMNS, [(d.first, d.last) for d in doubts])
    if not any(len(frames) for frames in ranked.values()):
        return placeholder.draw("Alignment", "no frame in which the animal was found")
    tile = (style.DOUBLE - LABEL_MM) / COLUMNS
    rows = [(name, frames) for name, frames in ranked.items() if len(frames)]
    fig = style.figure(style.DOUBLE, len(rows) * (tile + TITLE_MM) + 3)
    panels = fig.subplots(len(rows), COLUMNS, squeeze=False)
    for row, (name, frames) in zip(panels, rows, strict=True):
        for ax in row:
            style.image_axes(ax)
        row[0].set_ylabel(NAMES[name], rotation=0, ha="right", va="center", labelpad=3)
        for ax, frame in zip(row, frames, strict=False):
            ax.imshow(images[frame], cmap="gray", vmin=0, vmax=255, interpolation="nearest")
            title = _value(name, track, animal, int(frame), doubts)
            ax.set_title(title, fontsize=style.TINY, pad=1.5)
        for ax in row[len(frames) :]:
            ax.set_visible(False)
    return fig


def _of_animal(doubts: Sequence[Doubt], animal: int) -> list[Doubt]:
    """Moments that concern an animal: not all frames together, nor meetings, which are many."""
    own = [d for d in doubts if animal in (d.animal, d.other) and d.severity >= 0.3]
    return [d for d in own if d.first == d.last or not d.warn]


def _value(name: str, track: Track, animal: int, frame: int, doubts: Sequence[Doubt]) -> str:
    """Frame number and what makes it a suspect."""
    text = f"{frame}"
    if name == "doubt":
        return f"{text}: {next(d.kind for d in doubts if d.first <= frame <= d.last)}"
    if name == "head unsure":
        return f"{text}: {track.quality[animal, frame]:.2f}"
    if name == "turn":
        step = track.heading[animal, frame] - track.heading[animal, frame - 1]
        return f"{text}: {np.degrees(np.angle(np.exp(1j * step))):+.0f}°"
    if name == "step":
        place = track.centroid[animal, [frame - 1, frame]]
        if track.camera is not None:
            place = place + track.camera[[frame - 1, frame]]
        return f"{text}: {np.linalg.norm(place[1] - place[0]):.1f} px"
    if name == "size":
        typical = np.median(track.area[animal, track.valid[animal]])
        return f"{text}: x {track.area[animal, frame] / typical:.2f}"
    return text
