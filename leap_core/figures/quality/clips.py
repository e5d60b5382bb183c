"""Example bouts of every region: a sheet of frames, and a movie of looping tiles.

The paper has no such figure; it is how a person checks what a region is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leap_core.containers import Behavior, BehaviorMap, CropReaders, Poses
from leap_core.containers.base import read_attributes
from leap_core.figures import movie, placeholder, style
from leap_core.figures.paper.fig4ch import short
from leap_core.io import hdf5
from leap_core.skeleton import Skeleton
from leap_core.timeseries import runs

if TYPE_CHECKING:
    import pandas as pd


FRAMES = 8  # pictures per bout in the sheet
TEXT_WIDTH = 2.1  # of the text beside them, in pictures
MOST_REGIONS = 16  # regions
LONGEST_S = 0.5  # s of a visit that are shown in the sheet, around its middle
ENOUGH_S = 1.0  # s; longer visits are not better examples
SHORTEST_S = 0.1  # s; shorter visits are shown only where a region has nothing else
SECONDS = 12.0  # length of the movie
AT_ONCE = 16  # frames of a visit read at a time
IN_MOVIE = 0.6  # s of each visit in it
TILE = 160  # px


class Shown(NamedTuple):
    """Frames of one recording: (n, y, x) uint8, (n, joint, xy) px, (n, joint), and the skeleton."""

    images: np.ndarray
    positions: np.ndarray
    confidence: np.ndarray
    skeleton: Skeleton


Load = Callable[[str, np.ndarray], Shown]


class Visit(NamedTuple):
    """A visit to a region.

    Attributes:
        start, stop: first row of the recording and the one after the last.
        zero: frame of the video that is row 0.
    """

    recording: str
    start: int
    stop: int
    fps: float
    zero: int = 0


def loader(
    crops: Mapping[str, str | Path], poses: Mapping[str, str | Path], side: int = 192
) -> Load:
    """``load(recording, frames)`` for :func:`draw` and :func:`frames`.

    Only the frames asked for are read, and few files are open at a time.

    Args:
        crops: recording -> its crops file; where there is none, as of poses of another tool, the
            skeleton stands on black.
        poses: recording -> its poses file.
        side: px of such a black image, that of the crops that positions are in.
    """

    readers = CropReaders()

    def load(recording: str, frames: np.ndarray) -> Shown:
        at = np.asarray(frames)
        part, rows = slice(int(at.min()), int(at.max()) + 1), at - at.min()
        images = np.zeros((len(at), side, side), np.uint8)
        if recording in crops:
            with readers.of(crops[recording]) as reader:
                images = reader.images[part, ..., 0][rows]
        with hdf5.taken_apart(poses[recording], Poses.FORMAT) as file:
            positions = file["positions"][part, :, :2][rows]
            confidence = file["confidence"][part][rows]
            return Shown(images, positions, confidence, read_attributes(file, Poses)["skeleton"])

    return load


def bouts(
    behaviors: Iterable[Behavior], map: BehaviorMap, most: int = 4, regions: int = MOST_REGIONS
) -> dict[int, list[Visit]]:
    """Typical visits to each region (a number from 1), spread over recordings.

    Long visits close to the region's peak come first: they are ranked by the square root of
    their length over 1 plus their mean distance from the peak.  Each recording gives one in
    turn.  Recordings are held one at a time.

    Returns:
        Of the ``regions`` most visited regions, those with visits: at most ``most`` each.
    """
    found: dict[int, list] = {k: [] for k in range(1, min(len(map.occupancy), regions) + 1)}
    for behavior in behaviors:
        fps = behavior.fps if np.isfinite(behavior.fps) else 100.0
        zero = int(behavior.frame[0]) if len(behavior.frame) else 0
        for k, visits in found.items():
            ranked = []
            for start, stop in runs(behavior.region == k).tolist():
                away = np.linalg.norm(behavior.z[start:stop] - map.peak[k - 1], axis=1).mean()
                seconds = min((stop - start) / fps, ENOUGH_S)
                value = np.sqrt(seconds) / (1 + away) * (1.0 if seconds >= SHORTEST_S else 1e-3)
                ranked.append((-value, start, stop))
            # The best of each recording first, then the next of each, and so on.
            for turn, (value, start, stop) in enumerate(sorted(ranked)[:most]):
                visits.append((turn, value, Visit(behavior.recording, start, stop, fps, zero)))
    chosen = {k: [bout for *_, bout in sorted(visits)[:most]] for k, visits in found.items()}
    return {k: visits for k, visits in chosen.items() if visits}


def middle(bout: Visit, seconds: float = LONGEST_S) -> tuple[int, int]:
    """First frame and the one after the last of the visit's middle ``seconds``."""
    most = max(int(round(seconds * bout.fps)), 2)
    length = min(bout.stop - bout.start, most)
    start = bout.start + (bout.stop - bout.start - length) // 2
    return start, start + length


@style.styled
def draw(
    map: BehaviorMap,
    chosen: Mapping[int, Sequence[Visit]],
    load: Load,
    table: pd.DataFrame,
    min_confidence: float,
) -> Figure:
    """One row per region: frames of its first visit at equal spacing, with the skeleton.

    Args:
        map: the regions.
        chosen: region -> visits, of :func:`bouts`.
        load: ``load(recording, frames)`` reads what is shown; called once per row.
        table: one row per region with the column ``evidence``.
        min_confidence: less certain parts are left out.
    """
    if not chosen:
        return placeholder.draw("Examples of regions", "the behavior map has no regions")
    shown = []
    for visits in chosen.values():
        start, stop = middle(visits[0])
        at = np.rint(np.linspace(start, stop - 1, FRAMES)).astype(int)
        read = load(visits[0].recording, at)
        sure = (read.confidence >= min_confidence)[..., None]
        shown.append((at, read._replace(positions=np.where(sure, read.positions, np.nan))))
    left, top, right, bottom = _window([read.positions for _, read in shown])
    cell = style.DOUBLE / (FRAMES + TEXT_WIDTH) * (bottom - top) / (right - left)
    fig = style.figure(style.DOUBLE, 4 + (max(cell, 13.0) + 1.5) * len(chosen))
    widths = [TEXT_WIDTH] + [1] * FRAMES
    panels = fig.subplots(len(chosen), FRAMES + 1, squeeze=False, width_ratios=widths)
    for row, (k, visits), (at, read) in zip(panels, chosen.items(), shown, strict=True):
        bout = visits[0]
        for ax, image, frame, xy in zip(row[1:], read.images, at, read.positions, strict=True):
            ax.imshow(image, cmap="gray", vmin=0, vmax=255)
            style.draw_skeleton(ax, xy, read.skeleton, size=0.8)
            style.image_axes(ax)
            ax.set_facecolor("black")
            ax.set(xlim=(left, right), ylim=(bottom, top))
            when = f"{1000 * (frame - at[0]) / bout.fps:.0f} ms"
            ax.text(0.03, 0.02, when, transform=ax.transAxes, color="white", fontsize=style.TINY)
        _say(row[0], k, map, table, bout, at[0])
    return fig


def _window(points: Sequence[np.ndarray]) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of what all pictures show, px: the parts and a margin."""
    flat = np.concatenate([p.reshape(-1, 2) for p in points])
    if not np.isfinite(flat).all(axis=1).any():
        return -0.5, -0.5, 191.5, 191.5
    low, high = np.nanquantile(flat, [0.002, 0.998], axis=0)
    return (*(low - 8), *(high + 8))


def _say(
    ax: Axes, region: int, map: BehaviorMap, table: pd.DataFrame, bout: Visit, first: int
) -> None:
    style.image_axes(ax)
    ax.set(xlim=(0, 1), ylim=(0, 1))
    ax.plot(0.03, 0.92, "s", ms=5, color=style.region_colour(region), clip_on=False)
    head = f"{style.plain(map.title(region))}:  {map.occupancy[region - 1]:.1%}"
    ax.text(0.10, 0.92, head, va="center", fontsize=style.TEXT, fontweight="bold")
    lines = short(str(table["evidence"].iloc[region - 1]), 29, 3)
    seconds = (bout.stop - bout.start) / bout.fps
    when = (bout.zero + first) / bout.fps
    lines += [f"{bout.recording}, {when:.1f} s (visit of {seconds:.2f} s)"]
    ax.text(0, 0.74, "\n".join(lines), va="top", fontsize=style.TINY, linespacing=1.3)


def frames(
    chosen: Mapping[int, Sequence[Visit]], load: Load, min_confidence: float, playback: float
) -> Iterator[np.ndarray]:
    """Yield the movie's (y, x, 3) RGB uint8 frames: one numbered tile per region.

    Every tile shows its visits one after the other, over and over; the skeleton lies over the
    crop.

    Args:
        chosen: region -> visits, of :func:`bouts`.
        load: as for :func:`draw`.
        min_confidence: less certain parts are hollow.
        playback: frames per second of the movie, for its length.
    """
    if not chosen:
        yield np.full((TILE, TILE, 3), 255, np.uint8)
        return
    columns = int(np.ceil(np.sqrt(len(chosen))))
    rows = -(-len(chosen) // columns)
    running = [_tile(k, visits, load, min_confidence) for k, visits in chosen.items()]
    for _ in range(max(int(round(SECONDS * playback)), 1)):
        canvas = np.full((rows * TILE, columns * TILE, 3), 255, np.uint8)
        for k, tile in enumerate(running):
            y, x = divmod(k, columns)
            canvas[y * TILE : (y + 1) * TILE, x * TILE : (x + 1) * TILE] = next(tile)
        yield canvas


def _tile(region: int, visits: Sequence[Visit], load: Load, min_confidence: float):
    """Frames of one tile without end; a white frame line marks the start of each visit."""
    colour = tuple(int(round(255 * c)) for c in style.region_colour(region))
    while True:
        for bout in visits:
            at = np.arange(*middle(bout, IN_MOVIE))
            for order, tile in enumerate(tiles(bout.recording, at, load, min_confidence)):
                edge = (255, 255, 255) if order < 2 else colour
                cv2.rectangle(tile, (0, 0), (TILE - 1, TILE - 1), edge, 2)
                cv2.putText(tile, str(region), (6, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.55,
                            (255, 255, 255), 1, cv2.LINE_AA)  # fmt: skip
                yield tile


def tiles(
    recording: str, at: np.ndarray, load: Load, min_confidence: float
) -> Iterator[np.ndarray]:
    """Yield frames of a recording with their skeleton, ``TILE`` px wide and high, RGB.

    Few are in memory at once.
    """
    for start in range(0, len(at), AT_ONCE):
        shown = load(recording, at[start : start + AT_ONCE])
        for image in movie.overlay(*shown, min_confidence):
            yield cv2.resize(image, (TILE, TILE), interpolation=cv2.INTER_AREA)
