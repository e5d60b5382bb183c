"""Example bouts of every region: a sheet of frames, and a movie of looping tiles.

The paper has no such figure; it is how a person checks what a region is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import cv2
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leap_core.containers import Behavior, BehaviorMap, CropReader, Poses
from leap_core.figures import movie, skipped, style
from leap_core.figures.fig4ch import short
from leap_core.stretches import runs

FRAMES = 8  # pictures per bout in the sheet
TEXT_WIDTH = 2.1  # of the text beside them, in pictures
MOST = 16  # regions
LONGEST = 0.5  # s of a visit that are shown in the sheet, around its middle
ENOUGH = 1.0  # s; longer visits are not better examples
SHORTEST = 0.1  # s; shorter visits are shown only where a region has nothing else
SECONDS = 12.0  # length of the movie
AT_ONCE = 16  # frames of a visit read at a time
IN_MOVIE = 0.6  # s of each visit in it
TILE = 160  # px

Load = Callable[[str, np.ndarray], np.ndarray]


class Bout(NamedTuple):
    """A visit to a region: row of the recording, first frame, frame after the last."""

    recording: int
    start: int
    stop: int


def loader(readers: Mapping[str, CropReader]) -> Load:
    """``load(recording, frames)`` for :func:`draw` and :func:`frames` from open crop files."""

    def load(recording: str, frames: np.ndarray) -> np.ndarray:
        first = int(frames.min())
        block = readers[recording].images[first : int(frames.max()) + 1, ..., 0]
        return block[np.asarray(frames) - first]

    return load


def bouts(behaviors: Sequence[Behavior], region: int, map: BehaviorMap, most: int) -> list[Bout]:
    """Typical visits to a region (a number from 1), spread over recordings.

    Long visits close to the region's peak come first: they are ranked by the square root of
    their length over 1 plus their mean distance from the peak.  Each recording gives one in
    turn.

    Returns:
        At most ``most`` visits.
    """
    peak = map.peak[region - 1]
    found: list[list[tuple[float, Bout]]] = []
    for row, behavior in enumerate(behaviors):
        away = np.linalg.norm(behavior.z - peak, axis=1)
        fps = behavior.fps if np.isfinite(behavior.fps) else 100.0
        ranked = []
        for start, stop in runs(behavior.region == region).tolist():
            seconds = min((stop - start) / fps, ENOUGH)
            value = np.sqrt(seconds) / (1 + away[start:stop].mean())
            ranked.append((value * (1.0 if seconds >= SHORTEST else 1e-3), Bout(row, start, stop)))
        found.append(sorted(ranked, key=lambda v: (-v[0], v[1])))
    # The best recording first, then the best of the next one, and so on.
    turns = [(turn, -v, b) for ranked in found for turn, (v, b) in enumerate(ranked)]
    return [bout for _, _, bout in sorted(turns)[:most]]


def middle(bout: Bout, fps: float, seconds: float = LONGEST) -> tuple[int, int]:
    """First frame and the one after the last of the visit's middle ``seconds``."""
    most = max(int(round(seconds * fps)) if np.isfinite(fps) else 100, 2)
    length = min(bout.stop - bout.start, most)
    start = bout.start + (bout.stop - bout.start - length) // 2
    return start, start + length


@style.styled
def draw(
    map: BehaviorMap,
    behaviors: Sequence[Behavior],
    poses: Sequence[Poses],
    load: Load,
    table: pd.DataFrame,
    min_confidence: float,
) -> Figure:
    """One row per region: frames of one visit at equal spacing, with the skeleton.

    Args:
        map: the regions.
        behaviors: one per recording.
        poses: of the same recordings in the same order.
        load: ``load(recording, frames)`` gives (n, y, x) uint8 crops; called once per row.
        table: one row per region with the column ``evidence``.
        min_confidence: less certain parts are left out.
    """
    regions = min(len(map.occupancy), MOST)
    chosen = [(k, bouts(behaviors, k, map, 1)) for k in range(1, regions + 1)]
    chosen = [(k, found[0]) for k, found in chosen if found]
    if not chosen:
        return skipped.draw("Examples of regions", "the behavior map has no regions")
    shown = []
    for _, bout in chosen:
        start, stop = middle(bout, behaviors[bout.recording].fps)
        shown.append(np.rint(np.linspace(start, stop - 1, FRAMES)).astype(int))
    points = [
        np.where(
            (poses[b.recording].confidence[at] >= min_confidence)[..., None],
            poses[b.recording].positions[at],
            np.nan,
        )
        for (_, b), at in zip(chosen, shown, strict=True)
    ]
    left, top, right, bottom = _window(points)
    cell = style.DOUBLE / (FRAMES + TEXT_WIDTH) * (bottom - top) / (right - left)
    fig = style.figure(style.DOUBLE, 4 + (max(cell, 13.0) + 1.5) * len(chosen))
    widths = {"width_ratios": [TEXT_WIDTH] + [1] * FRAMES}
    panels = fig.subplots(len(chosen), FRAMES + 1, squeeze=False, **widths)
    for row, (k, bout), at, seen in zip(panels, chosen, shown, points, strict=True):
        pose, behavior = poses[bout.recording], behaviors[bout.recording]
        images = load(behavior.recording, at)
        for ax, image, frame, xy in zip(row[1:], images, at, seen, strict=True):
            ax.imshow(image, cmap="gray", vmin=0, vmax=255)
            style.draw_skeleton(ax, xy, pose.skeleton, size=0.8)
            style.image_axes(ax)
            ax.set_facecolor("black")
            ax.set(xlim=(left, right), ylim=(bottom, top))
            when = f"{1000 * (frame - at[0]) / behavior.fps:.0f} ms"
            ax.text(0.03, 0.02, when, transform=ax.transAxes, color="white", fontsize=style.TINY)
        _say(row[0], k, map, table, behavior, bout, at[0])
    return fig


def _window(points: Sequence[np.ndarray]) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of what all pictures show, px: the parts and a margin."""
    flat = np.concatenate([p.reshape(-1, 2) for p in points])
    if not np.isfinite(flat).all(axis=1).any():
        return -0.5, -0.5, 191.5, 191.5
    low, high = np.nanquantile(flat, [0.002, 0.998], axis=0)
    return (*(low - 8), *(high + 8))


def _say(
    ax: Axes, region: int, map: BehaviorMap, table: pd.DataFrame, behavior: Behavior, bout: Bout,
    first: int,
) -> None:  # fmt: skip
    style.image_axes(ax)
    ax.set(xlim=(0, 1), ylim=(0, 1))
    ax.plot(0.03, 0.92, "s", ms=5, color=style.region_colour(region), clip_on=False)
    head = f"{region}:  {map.occupancy[region - 1]:.1%}"
    ax.text(0.10, 0.92, head, va="center", fontsize=style.TEXT, fontweight="bold")
    lines = short(str(table["evidence"].iloc[region - 1]), 29, 3)
    seconds = (bout.stop - bout.start) / behavior.fps
    lines += [f"{behavior.recording}, {first / behavior.fps:.1f} s (visit of {seconds:.2f} s)"]
    ax.text(0, 0.74, "\n".join(lines), va="top", fontsize=style.TINY, linespacing=1.3)


def frames(
    map: BehaviorMap,
    behaviors: Sequence[Behavior],
    poses: Sequence[Poses],
    load: Load,
    min_confidence: float,
    playback: float,
    most: int = 4,
) -> Iterator[np.ndarray]:
    """Yield the movie's (y, x, 3) RGB uint8 frames: one numbered tile per region.

    Every tile shows up to ``most`` visits one after the other, over and over; the skeleton lies
    over the crop.

    Args:
        map: the regions; the most visited ``MOST`` are shown.
        behaviors: one per recording.
        poses: of the same recordings in the same order.
        load: as for :func:`draw`.
        min_confidence: less certain parts are hollow.
        playback: frames per second of the movie, for its length.
        most: visits per tile.
    """
    regions = min(len(map.occupancy), MOST)
    shown = {k: bouts(behaviors, k, map, most) for k in range(1, regions + 1)}
    shown = {k: v for k, v in shown.items() if v}
    if not shown:
        yield np.full((TILE, TILE, 3), 255, np.uint8)
        return
    columns = int(np.ceil(np.sqrt(len(shown))))
    rows = -(-len(shown) // columns)
    tiles = [_tile(k, found, behaviors, poses, load, min_confidence) for k, found in shown.items()]
    for _ in range(max(int(round(SECONDS * playback)), 1)):
        canvas = np.full((rows * TILE, columns * TILE, 3), 255, np.uint8)
        for k, tile in enumerate(tiles):
            y, x = divmod(k, columns)
            canvas[y * TILE : (y + 1) * TILE, x * TILE : (x + 1) * TILE] = next(tile)
        yield canvas


def _tile(region: int, found: list[Bout], behaviors, poses, load: Load, min_confidence: float):
    """Frames of one tile without end; a white frame line marks the start of each visit."""
    colour = tuple(int(round(255 * c)) for c in style.region_colour(region))
    while True:
        for bout in found:
            behavior, pose = behaviors[bout.recording], poses[bout.recording]
            at = np.arange(*middle(bout, behavior.fps, IN_MOVIE))
            for order, pair in enumerate(
                _pairs(behavior.recording, at, pose, load, min_confidence)
            ):
                image = pair[:, pair.shape[1] // 2 :]
                tile = cv2.resize(image, (TILE, TILE), interpolation=cv2.INTER_AREA)
                edge = (255, 255, 255) if order < 2 else colour
                cv2.rectangle(tile, (0, 0), (TILE - 1, TILE - 1), edge, 2)
                cv2.putText(tile, str(region), (6, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.55,
                            (255, 255, 255), 1, cv2.LINE_AA)  # fmt: skip
                yield tile


def _pairs(recording: str, at: np.ndarray, pose: Poses, load: Load, min_confidence: float):
    """Frames of a visit as :func:`movie.frames` draws them; few are in memory at once."""
    for start in range(0, len(at), AT_ONCE):
        rows = at[start : start + AT_ONCE]
        images = load(recording, rows)
        positions, confidence = pose.positions[rows], pose.confidence[rows]
        yield from movie.frames(images, positions, confidence, pose.skeleton, min_confidence)
