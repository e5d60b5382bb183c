"""Movies of raw images, confidence maps and tracked images (paper: Supplementary Movies 1 to 5)."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np
from matplotlib import font_manager
from matplotlib.colors import to_rgb
from matplotlib.ft2font import FT2Font

from leap_core.figures import style
from leap_core.skeleton import Skeleton

PANELS = ("raw", "confidence maps", "tracked")
SIDE = 384  # px; crops are enlarged by the whole number that brings their width nearest to it
GAP_PX = 4  # px between panels
STRIP = 26  # px, height of a strip of text
LETTERS = 15  # px, size of the text
SLOWEST_FPS = 0.1  # frames per second
_SHIFT = 4  # cv2 takes coordinates in 1/16 px
_GROUND, _TEXT = (tuple(round(255 * c) for c in to_rgb(c)) for c in (style.BLACK, style.LIGHT))
_COLOURS = np.rint(style.AMPLITUDE(np.arange(256))[:, :3] * 255).astype(np.uint8)


class Row(NamedTuple):
    """One row of panels.

    Attributes:
        name: said above the raw images; "" = nothing.
        images: of each frame an image (y, x) uint8, the projection of its confidence maps (y, x)
            in 0..1, positions (joint, xy) px of the image (NaN = missing) and confidence (joint,):
            :class:`leap_core.pose.maps.Seen`.  Taken one by one: memory does not grow.
    """

    name: str
    images: Iterable[Any]
    skeleton: Skeleton


def rate(playback: float, fps: float, otherwise: float) -> float:
    """Frames per second at which a movie plays; ``otherwise`` where the video's are unknown.

    Args:
        playback: seconds of the video in a second of the movie.
        fps: of the video; NaN = unknown.

    >>> rate(0.2, 100.0, 20.0), rate(0.2, float("nan"), 25.0)
    (20.0, 25.0)
    """
    return max(playback * fps, SLOWEST_FPS) if math.isfinite(fps) else otherwise


def span(count: int, first: int, most: int) -> tuple[int, int]:
    """Rows (start, stop) of a movie of at most ``most`` frames from ``first``, within ``count``.

    >>> span(100, 90, 20), span(100, 300, 20)
    ((90, 100), (99, 100))
    """
    stop = min(count, first + most)
    return max(0, min(first, stop - 1)), stop


def frames(
    rows: Sequence[Row], frame: np.ndarray, fps: float, shown: float, min_confidence: float
) -> Iterator[np.ndarray]:
    """Yield (y, x, 3) RGB uint8 frames: of each row the image, its maps and its skeleton.

    Below stand the time in the video, a scale of the maps and how fast the movie plays.  Where
    the panels lie: :func:`corners`.

    Args:
        rows: images of one size and number.
        frame: (frame,) index of each frame in the video.
        fps: of the video; NaN = unknown: the frame's index stands for the time.
        shown: frames per second at which the movie plays.
        min_confidence: less certain parts are hollow, without edges.

    Raises:
        ValueError: another number of images than of frames, or images of several sizes.
    """
    known = math.isfinite(fps)
    speed = f"{shown / fps:.2g}× real time" if known else ""
    ground = None
    for index, *seen in zip(frame, *(row.images for row in rows), strict=True):
        shape = seen[0][0].shape
        if ground is None:
            ground = _ground(rows, shape, speed)
        canvas = ground.copy()
        for parts, row, places in zip(seen, rows, corners(len(rows), shape), strict=True):
            image, projection, positions, confidence = parts
            panels = _panels(
                image, projection, positions, confidence, row.skeleton, min_confidence,
                enlargement(shape[1]),
            )  # fmt: skip
            for panel, (y, x) in zip(panels, places, strict=True):
                canvas[y : y + panel.shape[0], x : x + panel.shape[1]] = panel
        _write(canvas, f"{index / fps:.2f} s" if known else f"frame {index}", GAP_PX + 4, -1)
        yield canvas


def enlargement(width: int) -> int:
    """How many times larger than the crop a panel is.

    >>> [enlargement(width) for width in (48, 192, 256, 300, 800)]
    [8, 2, 2, 1, 1]
    """
    return max(1, math.floor(SIDE / width + 0.5))


def corners(rows: int, shape: tuple[int, int]) -> list[list[tuple[int, int]]]:
    """(y, x) of the top left corner of each row's three panels in the frame, px.

    Args:
        shape: (height, width) of a crop.
    """
    height, width = (side * enlargement(shape[1]) for side in shape)
    return [
        [
            (row * (STRIP + height) + STRIP, GAP_PX + k * (width + GAP_PX))
            for k in range(len(PANELS))
        ]
        for row in range(rows)
    ]


def overlay(
    images: Iterable[np.ndarray],
    positions: np.ndarray,
    confidence: np.ndarray,
    skeleton: Skeleton,
    min_confidence: float,
    scale: int = 2,
) -> Iterator[np.ndarray]:
    """Yield (scale y, scale x, 3) RGB uint8 images with the skeleton over them.

    Args:
        images: (y, x) uint8, one by one.
        positions: (frame, joint, xy) px of the images; NaN = missing, left out.
        confidence: (frame, joint); parts below ``min_confidence`` are hollow, without edges.

    Raises:
        ValueError: another number of images than of poses.
    """
    sure = np.asarray(confidence) >= min_confidence
    for image, points, certain in zip(images, positions, sure, strict=True):
        yield _overlay(_enlarged(image, scale), points, certain, skeleton, scale)


def _panels(image, projection, positions, confidence, skeleton, min_confidence, scale):
    raw = _enlarged(image, scale)
    levels = _resized(np.asarray(projection, np.float32), scale)
    maps = _COLOURS[np.rint(np.clip(levels, 0, 1) * 255).astype(np.uint8)]
    sure = np.asarray(confidence) >= min_confidence
    return raw, maps, _overlay(raw.copy(), positions, sure, skeleton, scale)


def _resized(image: np.ndarray, scale: int) -> np.ndarray:
    image = np.ascontiguousarray(image)
    return cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)


def _enlarged(image: np.ndarray, scale: int) -> np.ndarray:
    return cv2.cvtColor(_resized(image, scale), cv2.COLOR_GRAY2RGB)


def _overlay(canvas, points, sure, skeleton: Skeleton, scale: int) -> np.ndarray:
    colours = [tuple(round(255 * c) for c in to_rgb(c)) for c in style.part_colours(skeleton)]
    points = np.asarray(points, float)
    seen = np.isfinite(points).all(axis=1)
    # pixel centres are whole numbers in the crop and in the enlarged picture alike
    fine = ((np.where(seen[:, None], points, 0) + 0.5) * scale - 0.5) * 2**_SHIFT
    fine = np.clip(np.rint(fine), -(2**20), 2**20).astype(int)
    solid = seen & sure
    for a, b in skeleton.edges:
        if solid[a] and solid[b]:
            ends = (tuple(map(int, fine[a])), tuple(map(int, fine[b])))
            cv2.line(canvas, *ends, colours[b], 1, cv2.LINE_AA, _SHIFT)
    radius = round(2.5 * 2**_SHIFT)
    for k in np.flatnonzero(seen):
        place = tuple(map(int, fine[k]))
        width = -1 if solid[k] else 1
        cv2.circle(canvas, place, radius, colours[k], width, cv2.LINE_AA, _SHIFT)
    return canvas


def _ground(rows: Sequence[Row], shape: tuple[int, int], speed: str) -> np.ndarray:
    """What is the same in all frames; both sides are even, as the codec wants."""
    places = corners(len(rows), shape)
    bottom, right = places[-1][-1]
    size = (bottom + shape[0] * enlargement(shape[1]) + STRIP, right + places[0][1][1] - GAP_PX)
    canvas = np.full((*(side + side % 2 for side in size), 3), _GROUND, np.uint8)
    for row, panels in zip(rows, places, strict=True):
        names = (f"{PANELS[0]}: {row.name}" if row.name else PANELS[0], *PANELS[1:])
        for name, (top, left) in zip(names, panels, strict=True):
            _write(canvas, name, left + 4, top - STRIP)
    _scale(canvas, places[0][1][1] + 4)
    _write(canvas, speed, right + 4, -1)
    return canvas


def _scale(canvas: np.ndarray, left: int) -> None:
    """The colours of the maps from 0 to 1, in the strip at the foot."""
    _write(canvas, "0", left, -1)
    left += _letters("0").shape[1] + 6
    top = canvas.shape[0] - STRIP + STRIP // 2 - 4
    bar = _COLOURS[np.arange(0, 256, 2)]
    canvas[top : top + 9, left : left + len(bar)] = bar
    _write(canvas, "1", left + len(bar) + 6, -1)


def _write(canvas: np.ndarray, text: str, left: int, top: int) -> None:
    """Text into the strip whose top is ``top``; -1 = the strip at the foot.  In place."""
    if not text:
        return
    top = canvas.shape[0] - STRIP if top < 0 else top
    cover = _letters(text)[:STRIP, : canvas.shape[1] - left, None]
    part = canvas[top : top + cover.shape[0], left : left + cover.shape[1]]
    part[:] = np.rint(part + cover * (np.array(_TEXT, np.float32) - part)).astype(np.uint8)


@functools.lru_cache(maxsize=64)
def _letters(text: str) -> np.ndarray:
    """(STRIP, x) share of each pixel that the letters cover; all texts have one baseline."""
    # comes with matplotlib: the same letters on every machine
    font = FT2Font(font_manager.findfont(style.FONT, fallback_to_default=False))
    font.set_size(LETTERS, 72)
    font.set_text(text)
    font.draw_glyphs_to_bitmap(antialiased=True)
    ink = np.asarray(font.get_image(), np.float32) / 255
    # digits are 0.73 of the size high; put their middle into that of the strip
    bottom = round(STRIP / 2 + 0.365 * LETTERS) + round(font.get_descent() / 64)
    out = np.zeros((STRIP, ink.shape[1]), np.float32)
    out[bottom - len(ink) : bottom] = ink
    return out
