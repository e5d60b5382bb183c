"""Recipe `mouse`: one animal with a tail; torso, then tail, then the place where they meet.

The paper's recipe for mice: floor per pixel, a torso by a high threshold and a wide opening, a
body by a low threshold, the tail as the largest part of the body outside of the torso, its base
where both meet.  The base tells tail from head in every frame; the whole video decides.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from tqdm import tqdm

from leap_core import video
from leap_core.preprocess import background, headtail, segmentation
from leap_core.preprocess.recipe import Floor, Found, Task
from leap_core.preprocess.segmentation import Blob

_WIDE = 0.45  # of the torso's width: opening that removes tail, ears and paws
_THIN = 3  # px, opening that removes noise but no tail
_BORDER = 0.12  # of the torso's length around it, that is not yet tail
_TAIL = 0.01  # of the torso's area: the least that is a tail


@dataclass(frozen=True)
class Parts:
    """Torso and tail in one frame.

    Attributes:
        blob: signal, torso (``body``) and body with tail (``whole``).
        base: (x, y) px of the image, where the tail begins; NaN = no tail seen.
    """

    blob: Blob
    base: np.ndarray


def find(task: Task) -> Found:
    """Track the animal through the video; the centroid is that of the torso.

    Raises:
        UserError: more than one animal asked for, or none found in any frame.
    """
    task.one_animal()
    count, settings = len(task.info), task.settings
    samples = segmentation.sample(task)
    floor = background.learn(task, samples)
    wide = _opening(samples, floor, settings.opening_px, settings.min_area_px)
    center, shape = np.full((count, 2), np.nan), np.full((count, headtail.FEATURES + 1), np.nan)
    angle, length, elongation, area = (np.full(count, np.nan) for _ in range(4))
    frames = video.read_frames(task.path, task.info)
    for k, image in tqdm(frames, total=count, desc="track", unit="frame", disable=None):
        found = None if image is None else parts(image, floor, wide, settings.min_area_px)
        if found is None:
            continue
        middle, angle[k], length[k], elongation[k] = segmentation.ellipse(found.blob.body)
        center[k], area[k] = middle + found.blob.corner, found.blob.area
        side = headtail.asymmetry(found.blob, middle, angle[k], length[k])
        out = found.base - center[k]
        along = out @ [np.cos(angle[k]), np.sin(angle[k])] / length[k]
        shape[k] = [np.nan_to_num(along), *side]
    valid = np.isfinite(angle)
    segmentation.require_animal(task, valid)
    axis = headtail.Axis(center, angle, length, elongation, shape)
    heading, quality = headtail.decide(replace(axis, center=task.in_arena(center)), task.fps)
    return Found(center[None], heading[None], valid[None], area[None], quality[None], floor)


def _opening(samples: np.ndarray, floor: Floor, least_px: int, min_area: int) -> int:
    """Diameter of the opening that leaves the torso: a share of its width, or the config's."""
    widths = []
    for image in samples:
        blob = segmentation.segment(image, floor, least_px, min_area)
        if blob is not None:
            length = segmentation.ellipse(blob.body)[2]
            widths.append(4 * blob.body.sum() / (np.pi * length))
    usual = float(np.median(widths)) if widths else 0.0
    return max(least_px, int(_WIDE * usual) | 1)


def parts(image: np.ndarray, floor: Floor, wide: int, min_area: int) -> Parts | None:
    """Torso and tail base in one grey frame; None without an animal."""
    blob = segmentation.segment(image, floor, wide, min_area)
    if blob is None:
        return None
    length = segmentation.ellipse(blob.body)[2]
    near = cv2.dilate(
        blob.body.view(np.uint8), segmentation.disc(1 + 2 * max(1, int(_BORDER * length)))
    )
    thin = cv2.morphologyEx(
        (blob.whole & (near == 0)).view(np.uint8), cv2.MORPH_OPEN, segmentation.disc(_THIN)
    )
    count, labels, stats, _ = cv2.connectedComponentsWithStats(thin, connectivity=8)
    base = np.full(2, np.nan)
    if count > 1:
        tail = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
        if stats[tail, cv2.CC_STAT_AREA] >= _TAIL * blob.body.sum():
            grown = cv2.dilate((labels == tail).view(np.uint8), segmentation.disc(5))
            ys, xs = np.nonzero((grown > 0) & (near > 0))
            if len(xs):
                base = np.array([xs.mean(), ys.mean()]) + blob.corner
    return Parts(blob, base)
