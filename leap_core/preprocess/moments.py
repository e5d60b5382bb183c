"""Recipe `moments`: one animal on a plain floor, its axis from second moments.

Segment, open away the legs, take centroid and long axis of what is left (the ellipse with the
same second moments), then decide head from tail over the whole video (:mod:`headtail`).
"""

from __future__ import annotations

import numpy as np
from tqdm import tqdm

from leap_core import video
from leap_core.preprocess import headtail, segmentation
from leap_core.preprocess.recipe import Found, Task

_FEATURES = 4


def asymmetry(blob: segmentation.Blob, center: np.ndarray, angle: float, length: float):
    """How the two ends of the axis differ: (4,) numbers that change sign with its direction.

    1. where the faint parts lie: centroid of the whole animal from that of the body;
    2. skewness of the body's signal along the axis;
    3. brightness of the body's front half against its back half;
    4. width of the whole animal's front half against its back half.

    Args:
        center: (x, y) of the body in the blob's part; angle: rad; length: of the body, px.
    """
    cos, sin = np.cos(angle), np.sin(angle)

    def split(mask):
        y, x = np.nonzero(mask)
        dx, dy = x - center[0], y - center[1]
        return y, x, dx * cos + dy * sin, dy * cos - dx * sin

    y, x, along, _ = split(blob.body)
    light = blob.signal[y, x].astype(float) + 1.0
    mean = np.average(along, weights=light)
    spread = np.sqrt(np.average((along - mean) ** 2, weights=light))
    skew = np.average((along - mean) ** 3, weights=light) / max(spread, 1e-6) ** 3
    front = along > 0
    bright = _contrast(light[front].mean(), light[~front].mean()) if 0 < front.sum() else 0.0
    _, _, along, across = split(blob.whole)
    reach = along.mean() / length
    front = along > 0
    width = 0.0
    if 1 < front.sum() < len(front) - 1:
        width = _contrast(np.abs(across[front]).mean(), np.abs(across[~front]).mean())
    return np.array([reach, skew, bright, width])


def _contrast(a: float, b: float) -> float:
    return (a - b) / max(a + b, 1e-6)


def find(task: Task) -> Found:
    """Track the animal through the video.

    Raises:
        UserError: more than one animal asked for, or none found in any frame.
    """
    task.one_animal()
    settings, count = task.settings, len(task.info)
    floor = segmentation.learn_floor(task)
    axis = headtail.Axis(
        center=np.full((count, 2), np.nan),
        angle=np.full(count, np.nan),
        length=np.full(count, np.nan),
        elongation=np.full(count, np.nan),
        shape=np.full((count, _FEATURES), np.nan),
    )
    area = np.full(count, np.nan)
    frames = video.read_frames(task.path, task.info)
    for k, image in tqdm(frames, total=count, desc="track", unit="frame", disable=None):
        if image is None:
            continue
        blob = segmentation.segment(image, floor, settings.opening_px, settings.min_area_px)
        if blob is None:
            continue
        center, angle, length, elongation = segmentation.ellipse(blob.body)
        axis.center[k] = center + blob.corner
        axis.angle[k], axis.length[k], axis.elongation[k] = angle, length, elongation
        axis.shape[k] = asymmetry(blob, center, angle, length)
        area[k] = blob.area
    valid = np.isfinite(axis.angle)
    segmentation.require_animal(task, valid)
    heading, quality = headtail.decide(axis, task.fps)
    return Found(axis.center[None], heading[None], valid[None], area[None], quality[None])
