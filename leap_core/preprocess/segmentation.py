"""Telling one animal from the floor: background, threshold, largest blob, moments.

Images here are *signals*: bright animal on dark, floor subtracted where it is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from tqdm import tqdm

from leap_core.errors import UserError
from leap_core.io import video
from leap_core.numerics import median_image, otsu
from leap_core.preprocess import components, stills
from leap_core.preprocess.recipe import WHOLE, Box, Floor, Task, over

_MOVING_SHARE = 0.7  # of the sampled frames must show the animal off the median image
_WHOLE = 0.9  # of an animal's pixels must differ from the median image
_CONTRAST = 12.0  # grey levels: a weaker threshold separates noise, not an animal
_ROOM = 0.6  # of the animal's length, around it, for its faint parts
_MARK_SHARE = 0.6  # of the animal's length: a mark has up to 0.45, a fly's body without wings 0.79
_ENCLOSED = 0.3  # of a mark's rim must be animal: half of it where the mark lies at the edge
_LEAST_MARK_PX = 16  # px^2, smaller ones are noise and move no center
_RIM_PX = 2  # px, of a mark's rim whose grey is the floor's, between the mark's and the animal's
LARGEST_SHARE = 0.5  # of the frame: larger blobs are the floor


@dataclass(frozen=True)
class Blob:
    """The animal in one frame.

    Attributes:
        signal: (y, x) uint8, the part of the frame around the animal.
        body: (y, x) bool, opened largest component; whole: (y, x) bool, with its faint parts.
        corner: (x, y) of the part in the frame.
        area: px^2 of the component before opening.
    """

    signal: np.ndarray
    body: np.ndarray
    whole: np.ndarray
    corner: np.ndarray
    area: float


@dataclass(frozen=True)
class Without:
    """Saturating difference of each image from the background, made when it is looked at."""

    signals: np.ndarray
    background: np.ndarray

    def __len__(self) -> int:
        return len(self.signals)

    def __iter__(self) -> Iterator[np.ndarray]:
        for image in self.signals:
            yield cv2.subtract(image, self.background)


Corner = np.ndarray | tuple[int, int]
Images = np.ndarray | Without
"""(image, y, x) uint8, held or made one by one."""


def sample(task: Task) -> np.ndarray:
    """Frames at a fixed stride over the whole video: (sample, y, x) uint8, bounded memory.

    They are read once for a task; :func:`sampled` has their numbers.
    """
    if not task.kept:
        task.kept.append(stills.gather(task.info))
    return task.kept[0].images


def sampled(task: Task) -> np.ndarray:
    """Numbers (sample,) of the frames that :func:`sample` gives."""
    sample(task)
    return task.kept[0].frame


def learn_floor(task: Task, frames: np.ndarray) -> Floor:
    """Background and threshold from frames at a fixed stride (:func:`sample`).

    The per-pixel median is the floor if the animal moves, that is if most sampled frames differ
    from it by a blob the size of an animal; else it shows the animal itself and is not used.  A
    ``threshold`` from the config is a grey level of the raw video and is used as it is.
    """
    settings = task.settings
    bright = settings.polarity == "bright"
    signals = frames if bright else 255 - frames
    middle = median_image(signals)
    if settings.threshold is not None:
        level = settings.threshold if bright else 255 - settings.threshold
        base = float(np.median(middle))
        return Floor(None, level, _faint(level, base), bright, base)
    moved = Without(signals, middle)
    level = _threshold(moved)
    if level >= _CONTRAST and _moves(signals, moved, level, settings.min_area_px):
        level = _below_mark(moved, level, settings.opening_px)
        return Floor(middle, level, _faint(level, 0.0), bright)
    level = _below_mark(signals, _threshold(signals), settings.opening_px)
    base = float(np.median(middle))
    return Floor(None, level, _faint(level, base), bright, base)


def _below_mark(signals: Images, level: float, opening: int) -> float:
    """The body's threshold, where ``level`` cuts out no more than a bright mark on the body.

    Args:
        signals: (sample, y, x) uint8; level: threshold between two classes.
    """
    base = median_level(levels(signals))
    while True:
        lower = _threshold(signals, int(level))
        if lower < base + _CONTRAST:
            return level
        shares = [_share_of_length(image, level, lower, opening) for image in signals]
        if np.median(shares) >= _MARK_SHARE:
            return level
        level = lower


def _share_of_length(image: np.ndarray, level: float, lower: float, opening: int) -> float:
    """Length of the blob above ``level`` as a share of the one above ``lower`` that it lies in.

    1 where that one is no animal: it reaches the border, is most of the image, or lies elsewhere.
    """
    inner, inner_area = _largest(over(image, level))
    outer, outer_area = _largest(_open(over(image, lower), opening))
    edge = outer[0].any() or outer[-1].any() or outer[:, 0].any() or outer[:, -1].any()
    if not inner_area or edge or not 0 < outer_area <= LARGEST_SHARE * image.size:
        return 1.0
    opened = _open(inner, opening)
    inner = opened if opened.any() else inner
    if (inner & outer).sum() < inner.sum() / 2:
        return 1.0
    return ellipse(inner)[2] / ellipse(outer)[2]


def _open(mask: np.ndarray, opening: int) -> np.ndarray:
    if opening <= 1:
        return mask
    return cv2.morphologyEx(mask.view(np.uint8), cv2.MORPH_OPEN, disc(opening)) > 0


def _moves(signals: np.ndarray, moved: Images, level: float, min_area: int) -> bool:
    """Whether the median image is free of the animal.

    Then most frames differ from it by a whole animal, not by the limbs or the fresh half of one
    that turns on the spot, nor by the two ends of one in the middle of which the camera stays.
    Where a whole one is, the plain threshold tells, unless what that finds is the floor or
    something at the border of the image.
    """
    if len(signals) < 3:
        return False
    plain = _threshold(signals)
    free = 0
    for image, difference in zip(signals, moved, strict=True):
        mask, area = _largest(over(image, plain))
        edge = mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any()
        left = _largest(over(difference, level))[1]
        if area >= min_area and not edge:
            free += (difference[mask] > level).mean() >= _WHOLE and left >= min_area
        else:
            free += left >= min_area
    return free >= _MOVING_SHARE * len(signals)


def levels(signals: Images) -> np.ndarray:
    """How often each grey level is in some images: (256,)."""
    found = [cv2.calcHist([image], [0], None, [256], [0, 256]).ravel() for image in signals]
    return np.sum(found, axis=0, dtype=float)


def median_level(counts: np.ndarray) -> float:
    """The median of grey levels, from how often each is there (256,)."""
    upto, total = np.cumsum(counts), int(np.sum(counts))
    middle = np.searchsorted(upto, [(total - 1) // 2, total // 2], side="right")
    return float(np.mean(middle))


def _threshold(signals: Images, highest: int = 255) -> float:
    """Otsu's, of the levels up to the highest."""
    return otsu(levels(signals)[: highest + 1])[0]


def _faint(level: float, floor: float) -> float:
    """A quarter of the way from the floor to the body's threshold, but above noise."""
    return max(floor + (level - floor) / 4, floor + 6.0)


def _largest(mask: np.ndarray) -> tuple[np.ndarray, int]:
    """The largest 8-connected component as a mask, and its area; an empty one has area 0."""
    piece, at, area = components.largest(mask)
    return laid(piece, at, (0, 0), mask.shape), area


def opened_blobs(mask: np.ndarray, opening: int, least: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """8-connected blobs of at least so many px, opened: (mask of a box, its corner (x, y)) each."""
    found = []
    for part, (x, y), _ in components.pieces(mask, least):
        padded = cv2.copyMakeBorder(part.view(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT)
        if opening > 1:
            padded = cv2.morphologyEx(padded, cv2.MORPH_OPEN, disc(opening))
        for piece, (left, top), _ in components.pieces(padded, -(-least // 2)):
            found.append((piece, np.array([x + left - 1, y + top - 1])))
    return found


def disc(diameter: int) -> np.ndarray:
    """Round structuring element."""
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (diameter, diameter))


def segment(image: np.ndarray, floor: Floor, opening: int, min_area: int) -> Blob | None:
    """Find the animal in one grey frame; None when the largest blob is too small or the floor.

    The opening removes legs; when nothing of a thin animal survives it, the unopened component
    is the body.
    """
    piece, at, area = components.largest(floor.above(image))
    if not max(min_area, 1) <= area <= LARGEST_SHARE * image.size:
        return None
    box = _around(piece, at, _ROOM, opening + 2)
    signal = floor.signal(image, box)
    corner = np.array([box[1].start, box[0].start], dtype=float)
    component = laid(piece, at, corner, signal.shape)
    # what the opening leaves lies where the component does
    inner = _around(piece, (at[0] - box[1].start, at[1] - box[0].start), 0, opening)
    marks = _marks(over(signal, floor.threshold), floor.beyond(image, box), floor)
    if marks.any():
        inner = WHOLE
        component, area = _largest(over(signal, floor.threshold) | marks)
        marks &= component
        signal = signal.copy()
        signal[marks] = np.median(signal[component & ~marks])
    opened, left_over = _largest(_open(component[inner], opening))
    body = component
    if left_over:
        body = np.zeros_like(component)
        body[inner] = opened
    # faint parts count where they touch the body
    faint = over(signal, floor.faint) | component
    _, labels = components.labeled(faint.view(np.uint8))
    whole = labels == labels.ravel()[np.argmax(body)]
    return Blob(np.ascontiguousarray(signal), body, whole, corner, float(area))


def _around(piece: np.ndarray, at: tuple[int, int], share: float, more: int) -> Box:
    """A box around a component, with room of a share of its length and some px more.

    It may reach out of the image at the right and below.
    """
    (left, top), (height, width) = at, piece.shape
    pad = int(share * max(height - 1, width - 1)) + more
    return (
        slice(max(top - pad, 0), top + height + pad),
        slice(max(left - pad, 0), left + width + pad),
    )


def laid(piece: np.ndarray, at: Corner, corner: Corner, shape: tuple[int, ...]) -> np.ndarray:
    """A mask (y, x) bool of one box, seen in another one.

    Args:
        piece: (y, x) bool; at: its corner (x, y) px in the image; corner, shape: of the other box.
    """
    out = np.zeros(shape, bool)
    x, y = int(at[0] - corner[0]), int(at[1] - corner[1])
    height, width = piece.shape
    top, left = max(y, 0), max(x, 0)
    bottom, right = min(y + height, shape[0]), min(x + width, shape[1])
    if bottom > top and right > left:
        out[top:bottom, left:right] = piece[top - y : bottom - y, left - x : right - x]
    return out


def _marks(above: np.ndarray, beyond: np.ndarray, floor: Floor) -> np.ndarray:
    """Marks on the animal that differ from the floor the other way, with their rims: (y, x) bool.

    Such a mark is a bright spot on a dark animal.  It counts where the animal lies around it for
    a good part, and where it is smaller than the animal.

    Args:
        above: (y, x) bool, the animal's pixels; beyond: (y, x) uint8, how far a pixel lies on the
            other side of the floor.
    """
    least = max((floor.threshold - floor.base) / 2, _CONTRAST)
    candidates = (beyond > least).view(np.uint8)
    own = np.zeros_like(candidates)
    if not candidates.any():
        return own.view(bool)
    near = cv2.dilate(above.view(np.uint8), disc(2 * _RIM_PX + 1))
    if not cv2.bitwise_and(candidates, near).any():
        return own.view(bool)
    _, names, stats, _ = cv2.connectedComponentsWithStats(candidates, connectivity=8)
    size = int(above.sum())
    for k in np.unique(names[(candidates > 0) & (near > 0)]):
        x, y, width, height, area = (int(v) for v in stats[k])
        if not _LEAST_MARK_PX <= area <= size:
            continue
        part = slice(max(y - 1, 0), y + height + 1), slice(max(x - 1, 0), x + width + 1)
        mark = (names[part] == k).view(np.uint8)
        rim = (cv2.dilate(mark, disc(3)) - mark) > 0
        if near[part][rim].mean() >= _ENCLOSED:
            own[part] |= mark
    if not own.any():
        return own.view(bool)
    around = cv2.dilate(own, disc(4 * _RIM_PX + 1))
    closed = cv2.morphologyEx(above.view(np.uint8) | own, cv2.MORPH_CLOSE, disc(2 * _RIM_PX + 1))
    return (closed > 0) & (around > 0) & ~above


def blobs(task: Task, floor: Floor) -> Iterator[tuple[int, Blob]]:
    """Frame number and animal of every frame that decodes and shows one, with progress."""
    settings = task.settings
    frames = video.read_frames(task.path, task.info)
    for k, image in tqdm(frames, total=len(task.info), desc="track", unit="frame", disable=None):
        if image is None:
            continue
        blob = segment(image, floor, settings.opening_px, settings.min_area_px)
        if blob is not None:
            yield k, blob


def ellipse(mask: np.ndarray) -> tuple[np.ndarray, float, float, float]:
    """Centroid (x, y), direction (rad, modulo pi) and length (px) of the long axis, elongation.

    They are those of the ellipse with the mask's second moments.  Elongation is
    1 - (short / long)^2 of the axes' lengths: 0 = round, 1 = a line.
    """
    x, y, width, height = cv2.boundingRect(mask.view(np.uint8))
    part = mask[y : y + height, x : x + width].view(np.uint8)
    m = cv2.moments(part, binaryImage=True)
    center = np.array([m["m10"] / m["m00"] + x, m["m01"] / m["m00"] + y])
    angle = 0.5 * np.arctan2(2 * m["mu11"], m["mu20"] - m["mu02"])
    spread = np.hypot(m["mu20"] - m["mu02"], 2 * m["mu11"])
    total = m["mu20"] + m["mu02"]
    elongation = 2 * spread / (total + spread) if total > 0 else 0.0
    length = 4 * np.sqrt((total + spread) / 2 / m["m00"])
    return center, float(angle), max(float(length), 1.0), float(elongation)


def short_axis(length: np.ndarray, elongation: np.ndarray) -> np.ndarray:
    """Short axis of ellipses, px, from the long one and the elongation (:func:`ellipse`)."""
    return length * np.sqrt(np.clip(1 - elongation, 0, 1))


def require_animal(task: Task, valid: np.ndarray, where: str = "any frame") -> None:
    """UserError when the animal was found in no frame at all."""
    if not valid.any():
        other = "dark" if task.settings.polarity == "bright" else "bright"
        raise UserError(
            f"{task.path}: no animal of {task.settings.min_area_px} px or more in {where}; "
            f"check track.threshold, track.min_area_px, and track.polarity (now "
            f"{task.settings.polarity!r}; try {other!r})"
        )
