"""Recipes `mouse` and `mouse_below`: one animal; torso, tail, and the place where they meet.

The paper's recipe for mice: floor per pixel, a torso by a high threshold and a wide opening, a
body by a low threshold, the tail as the part that reaches farthest out of the torso, its base
where both meet.  The base tells tail from head in every frame; the whole video decides.  Where the
torso is dim and limbs are bright, it is found another way (:mod:`dim_torso`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from tqdm import tqdm

from leap_core.io import video
from leap_core.preprocess import background, components, dim_torso, headtail, segmentation
from leap_core.preprocess.recipe import Detection, Floor, Task, over
from leap_core.preprocess.segmentation import Blob

_PALE = 0.4  # of the torso's threshold: a tail is darker (or brighter) than a soft shadow
_WIDE = 0.45  # of the torso's width: opening that removes tail, ears and paws
_THIN = 3  # px, opening that removes noise but no tail
_RIDGE = 0.5  # of the faint parts' signal: what rises so much from broad shadows is thin
_BORDER = 0.05  # of the torso's length around it, that is not yet tail
_START = 0.1  # of it: the stretch of tail that is taken as its beginning
_GAP = 0.25  # of it: a tail begins no farther from there
_REACH = 0.15  # of it: what is shorter is an ear, a paw or a nose
_EDGE = 1.5  # px farther than the torso's nearest pixel: their mean is finer than one of them
_LEAN = 0.3  # of the angle between axis and tail, from below
_ROUND = 0.5  # elongation of a torso from below that lies on its feet: 0.7 and more
_FAR = (np.pi / 4, np.pi / 3)  # rad between axis and tail: no bend of a tail, and none by far
_NO_AXIS = 0.35  # elongation of a torso whose ellipse says nothing of its axis
_TAIL = 0.01  # of the torso's area: the least that is a tail


@dataclass(frozen=True)
class Parts:
    """Torso and tail in one frame.

    Attributes:
        blob: signal, torso (``body``) and body with tail (``whole``).
        base: (x, y) px of the image, where the tail leaves the torso; NaN = no tail seen.
        tail: (x, y) px, middle of its first stretch that is clear of the torso.
    """

    blob: Blob
    base: np.ndarray
    tail: np.ndarray


def find_below(task: Task) -> Detection:
    """:func:`find` for a mouse whose belly is dim and whose limbs are bright (:mod:`dim_torso`).

    Where the footage shows no such mouse, or `track.threshold` is given, it is :func:`find`.
    """
    task.one_animal()
    if task.settings.threshold is not None:
        return find(task)
    samples = segmentation.sample(task)
    floor = background.plain(task, samples)
    return find(task, dim_torso.learn(samples, floor, task.settings.min_area_px))


def find(task: Task, look: dim_torso.Look | None = None) -> Detection:
    """Track the animal through the video; the centroid is that of the torso.

    Raises:
        UserError: more than one animal asked for, or none found in any frame.
    """
    task.one_animal()
    count, settings = len(task.info), task.settings
    samples = segmentation.sample(task)
    if look is None:
        floor = learn(task, samples)
        wide = _opening(samples, floor, settings.opening_px, settings.min_area_px)
    else:
        floor = look.floor
    center, tail = (np.full((count, 2), np.nan) for _ in range(2))
    shape = np.full((count, headtail.FEATURES + 1), np.nan)
    angle, length, elongation, area = (np.full(count, np.nan) for _ in range(4))
    frames = video.read_frames(task.path, task.info)
    for k, image in tqdm(frames, total=count, desc="track", unit="frame", disable=None):
        if image is None:
            continue
        if look is None:
            found = parts(image, floor, wide, settings.min_area_px)
        else:
            found = dim_parts(image, look, settings.min_area_px)
        if found is None:
            continue
        middle, angle[k], length[k], elongation[k] = segmentation.ellipse(found.blob.body)
        center[k], area[k] = middle + found.blob.corner, found.blob.area
        out, tail[k] = found.base - center[k], found.base
        if look is not None:
            angle[k] = _turned(angle[k], found.tail - center[k], out, elongation[k])
        side = headtail.asymmetry(found.blob, middle, angle[k], length[k])
        along = out @ [np.cos(angle[k]), np.sin(angle[k])] / length[k]
        shape[k] = [np.nan_to_num(along), *side]
        if look is not None:
            center[k], tail[k] = look.in_video(center[k]), look.in_video(tail[k])
            length[k], area[k] = length[k] / look.scale, area[k] / look.scale**2
    valid = np.isfinite(angle)
    segmentation.require_animal(task, valid)
    axis = headtail.Axis(center, angle, length, elongation, shape, tail=shape[:, 0])
    heading, quality = headtail.decide(replace(axis, center=task.in_arena(center)), task.fps)
    if look is not None:  # upright, or half of it is part of the floor: then the axis is a guess
        quality = np.where(elongation < _ROUND, np.minimum(quality, elongation), quality)
    return Detection(
        center[None], heading[None], valid[None], area[None], quality[None], floor,
        length=length[None], width=segmentation.short_axis(length, elongation)[None],
        tail=tail[None],
    )  # fmt: skip


def _turned(angle: float, tail: np.ndarray, base: np.ndarray, elongation: float) -> float:
    """An axis (rad, modulo pi) turned towards the tail, whose beginning and base are given.

    From below paws pull at the ellipse, bends pull at the tail: the two err differently.  A torso
    that looks round has no axis, and that of a broad one may lie across: there the base alone
    tells, since a tail begins at an end.

    Args:
        tail, base: (x, y) from the torso's centre; NaN = not seen.
    """
    off = _between(angle, tail)
    angle += (_LEAN + (1 - _LEAN) * _across(off)) * off
    off = _between(angle, base)
    round_ = float(np.clip((_ROUND - elongation) / (_ROUND - _NO_AXIS), 0, 1))
    return angle + (round_ + (1 - round_) * _across(off)) * off


def _between(angle: float, out: np.ndarray) -> float:
    """From an axis to a direction (x, y), rad, -pi/2 to pi/2; 0 where that is NaN."""
    if not np.isfinite(out).all():
        return 0.0
    return float((np.arctan2(out[1], out[0]) - angle + np.pi / 2) % np.pi - np.pi / 2)


def _across(off: float) -> float:
    """0 for a torso with its axis along the animal, 1 for one whose tail begins at its side."""
    return float(np.clip((abs(off) - _FAR[0]) / (_FAR[1] - _FAR[0]), 0, 1))


def learn(task: Task, samples: np.ndarray) -> Floor:
    """Floor and thresholds; the lower one is above a soft shadow, below a tail."""
    floor = background.learn(task, samples)
    return replace(floor, faint=max(floor.faint, _PALE * floor.threshold))


def _opening(samples: np.ndarray, floor: Floor, least_px: int, min_area: int) -> int:
    """Diameter of the opening that leaves the torso: a share of its width, or the config's."""
    widths = []
    for image in samples:
        blob = segmentation.segment(image, floor, least_px, min_area)
        if blob is not None:
            length = segmentation.ellipse(blob.body)[2]
            widths.append(4 * blob.body.sum() / (np.pi * length))
    typical = float(np.median(widths)) if widths else 0.0
    return max(least_px, int(_WIDE * typical) | 1)


def parts(image: np.ndarray, floor: Floor, wide: int, min_area: int) -> Parts | None:
    """Torso and tail base in one grey frame; None without an animal."""
    blob = segmentation.segment(image, floor, wide, min_area)
    return None if blob is None else Parts(blob, *_tail(blob, wide, floor.faint))


def dim_parts(image: np.ndarray, look: dim_torso.Look, min_area: int) -> Parts | None:
    """The same of an animal with a dim torso, in px of the shrunk picture."""
    blob = dim_torso.torso(image, look, min_area)
    return None if blob is None else Parts(blob, *_tail(blob, look.opening, look.faint))


def _tail(blob: Blob, wide: int, faint: float) -> tuple[np.ndarray, np.ndarray]:
    """Base and beginning of the tail, as in :class:`Parts`.

    The tail is the thin piece that reaches farthest from the torso.  A shadow beside it makes it
    look broad, or cuts it in two along its length, so its length tells it and not its width.  It
    is followed back to the torso, which is the body's fur: the tail differs from that.

    Args:
        wide: px, diameter of the opening that leaves the torso; faint: signal of faint parts.
    """
    length, size = segmentation.ellipse(blob.body)[2], np.count_nonzero(blob.body)
    roomy = _cut(blob, wide)
    ridge = cv2.morphologyEx(roomy.signal, cv2.MORPH_TOPHAT, segmentation.disc(wide))
    blob = _cut(roomy, _THIN)  # all else needs less room, and distances are dear
    (x, y), (rows, columns) = (blob.corner - roomy.corner).astype(int), blob.body.shape
    ridge = ridge[y : y + rows, x : x + columns]
    away = cv2.distanceTransform((~blob.body).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    narrow = blob.whole & over(ridge, _RIDGE * faint) & (away > max(1.0, _BORDER * length))
    thin = cv2.morphologyEx(narrow.view(np.uint8), cv2.MORPH_OPEN, segmentation.disc(_THIN))
    most, start = 0.0, None
    for piece, (left, top), _ in components.pieces(thin, max(math.ceil(_TAIL * size), 1)):
        y, x = np.nonzero(piece)
        y, x = y + top, x + left
        far = away[y, x]
        near, reach = far.min(), far.max() - far.min()
        weight = reach * ridge[y, x].mean()  # its shadow is as long, but fainter
        if near <= _GAP * length and reach > _REACH * length and weight > most:
            most = weight
            first = far <= near + _START * length
            start = np.array([x[first].mean(), y[first].mean()])
    if start is None:
        return np.full(2, np.nan), np.full(2, np.nan)
    y, x = np.nonzero(blob.body)
    distance = np.hypot(x - start[0], y - start[1])
    near = distance <= distance.min() + _EDGE
    edge = np.array([x[near].mean(), y[near].mean()])
    return edge + blob.corner, start + blob.corner


def _cut(blob: Blob, room: int) -> Blob:
    """The box of an animal, with its tail and some room."""
    x, y, width, height = cv2.boundingRect(blob.whole.view(np.uint8))
    left, top = max(x - room, 0), max(y - room, 0)
    box = slice(top, y + height + room), slice(left, x + width + room)
    corner = blob.corner + [left, top]
    return Blob(blob.signal[box], blob.body[box], blob.whole[box], corner, blob.area)
