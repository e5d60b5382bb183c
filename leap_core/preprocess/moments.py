"""Recipe `moments`: one animal on a plain floor, its axis from second moments.

Segment, open away the legs, take centroid and long axis of what is left (the ellipse with the
same second moments), then decide head from tail over the whole video (:mod:`headtail`).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from leap_core.preprocess import headtail, segmentation, sharing
from leap_core.preprocess.recipe import Detection, Task


def find(task: Task) -> Detection:
    """Track the animal through the video.

    Raises:
        UserError: more than one animal asked for, or none found in any frame.
    """
    task.one_animal()
    count, settings = len(task.info), task.settings
    floor = segmentation.learn_floor(task, segmentation.sample(task))
    axis = headtail.Axis(
        center=np.full((count, 2), np.nan),
        angle=np.full(count, np.nan),
        length=np.full(count, np.nan),
        elongation=np.full(count, np.nan),
        shape=np.full((count, headtail.FEATURES), np.nan),
    )
    area = np.full(count, np.nan)

    def look(image: np.ndarray) -> tuple | None:
        blob = segmentation.segment(image, floor, settings.opening_px, settings.min_area_px)
        if blob is None:
            return None
        center, angle, length, elongation = segmentation.ellipse(blob.body)
        shape = headtail.asymmetry(blob, center, angle, length)
        return center + blob.corner, angle, length, elongation, shape, blob.area

    for k, found in sharing.looked_at(task, look):
        axis.center[k], axis.angle[k], axis.length[k], axis.elongation[k] = found[:4]
        axis.shape[k], area[k] = found[4:]
    valid = np.isfinite(axis.angle)
    segmentation.require_animal(task, valid)
    heading, quality = headtail.decide(replace(axis, center=task.in_arena(axis.center)), task.fps)
    return Detection(
        axis.center[None], heading[None], valid[None], area[None], quality[None], floor,
        length=axis.length[None], width=segmentation.short_axis(axis.length, axis.elongation)[None],
    )  # fmt: skip
