"""Recipes `mouse` and `mouse_below`: one animal; torso, tail, and the place where they meet.

The paper's recipe for mice: floor per pixel, a torso by a high threshold and a wide opening, a
body by a low threshold, the tail as the largest part of the body outside of the torso, its base
where both meet.  The base tells tail from head in every frame; the whole video decides.  Where the
torso is dim and limbs are bright, it is found another way (:mod:`dim_torso`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from tqdm import tqdm

from leap_core.io import video
from leap_core.preprocess import background, dim_torso, headtail, segmentation
from leap_core.preprocess.recipe import Detection, Floor, Task
from leap_core.preprocess.segmentation import Blob

_PALE = 0.4  # of the torso's threshold: a tail is darker (or brighter) than a soft shadow
_WIDE = 0.45  # of the torso's width: opening that removes tail, ears and paws
_THIN = 3  # px, opening that removes noise but no tail
_THICK = 0.6  # of that opening: what is wider than so much is a shadow or a head, and no tail
_BORDER = 0.12  # of the torso's length around it, that is not yet tail
_GAP = 0.25  # of the torso's length: a tail begins no farther from there
_BASE = 0.3  # of the angle between axis and tail base, from below
_ROUND = 0.5  # elongation of a torso from below that lies on its feet: 0.7 and more
_TAIL = 0.01  # of the torso's area: the least that is a tail


@dataclass(frozen=True)
class Parts:
    """Torso and tail in one frame.

    Attributes:
        blob: signal, torso (``body``) and body with tail (``whole``).
        base: (x, y) px of the blob's image, where the tail begins; NaN = no tail seen.
    """

    blob: Blob
    base: np.ndarray


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
    center, shape = np.full((count, 2), np.nan), np.full((count, headtail.FEATURES + 1), np.nan)
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
        out = found.base - center[k]
        if look is not None:
            angle[k] = _turned(angle[k], out)
        side = headtail.asymmetry(found.blob, middle, angle[k], length[k])
        along = out @ [np.cos(angle[k]), np.sin(angle[k])] / length[k]
        shape[k] = [np.nan_to_num(along), *side]
        if look is not None:
            center[k] = look.in_video(center[k])
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
    )  # fmt: skip


def _turned(angle: float, out: np.ndarray) -> float:
    """An axis (rad, modulo pi) turned a little towards the tail's base, (x, y) from the centre.

    From below paws pull at the ellipse, the bends of the tail at its base: the two err differently.
    """
    if not np.isfinite(out).all():
        return angle
    off = (np.arctan2(out[1], out[0]) - angle + np.pi / 2) % np.pi - np.pi / 2
    return angle + _BASE * off if abs(off) < np.pi / 4 else angle


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
    return None if blob is None else Parts(blob, _tail_base(blob, wide))


def dim_parts(image: np.ndarray, look: dim_torso.Look, min_area: int) -> Parts | None:
    """The same of an animal with a dim torso, in px of the shrunk picture."""
    blob = dim_torso.torso(image, look, min_area)
    return None if blob is None else Parts(blob, _tail_base(blob, look.opening))


def _tail_base(blob: Blob, wide: int) -> np.ndarray:
    """Where the tail begins, (x, y) px of the image; NaN if none is seen."""
    length = segmentation.ellipse(blob.body)[2]
    near = cv2.dilate(
        blob.body.view(np.uint8), segmentation.disc(1 + 2 * max(1, int(_BORDER * length)))
    )
    outside = (blob.whole & (near == 0)).view(np.uint8)
    thick = segmentation.disc(max(_THIN + 2, int(_THICK * wide) | 1))
    broad = cv2.dilate(cv2.morphologyEx(outside, cv2.MORPH_OPEN, thick), thick)
    outside[broad > 0] = 0
    thin = cv2.morphologyEx(outside, cv2.MORPH_OPEN, segmentation.disc(_THIN))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(thin, connectivity=8)
    base = np.full(2, np.nan)
    if count > 1:
        tail = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
        if stats[tail, cv2.CC_STAT_AREA] >= _TAIL * blob.body.sum():
            ys, xs = np.nonzero(labels == tail)
            away = cv2.distanceTransform((near == 0).view(np.uint8), cv2.DIST_L2, 3)[ys, xs]
            if away.min() <= _GAP * length:
                start = np.array([xs[away.argmin()], ys[away.argmin()]])
                torso = np.argwhere(blob.body)[:, ::-1]
                edge = torso[np.argmin(np.linalg.norm(torso - start, axis=1))]
                base = (start + edge) / 2 + blob.corner
    return base
