"""Recipe `moments`: one animal on a plain floor, its axis from second moments.

Segment, open away the legs, take centroid and long axis of what is left (the ellipse with the
same second moments), then decide head from tail over the whole video (:mod:`headtail`).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from leap_core.preprocess import headtail, segmentation
from leap_core.preprocess.recipe import Detection, Task


def find(task: Task) -> Detection:
    """Track the animal through the video.

    Raises:
        UserError: more than one animal asked for, or none found in any frame.
    """
    task.one_animal()
    count = len(task.info)
    floor = segmentation.learn_floor(task, segmentation.sample(task))
    axis = headtail.Axis(
        center=np.full((count, 2), np.nan),
        angle=np.full(count, np.nan),
        length=np.full(count, np.nan),
        elongation=np.full(count, np.nan),
        shape=np.full((count, headtail.FEATURES), np.nan),
    )
    area = np.full(count, np.nan)
    for k, blob in segmentation.blobs(task, floor):
        center, angle, length, elongation = segmentation.ellipse(blob.body)
        axis.center[k] = center + blob.corner
        axis.angle[k], axis.length[k], axis.elongation[k] = angle, length, elongation
        axis.shape[k] = headtail.asymmetry(blob, center, angle, length)
        area[k] = blob.area
    valid = np.isfinite(axis.angle)
    segmentation.require_animal(task, valid)
    heading, quality = headtail.decide(replace(axis, center=task.in_arena(axis.center)), task.fps)
    return Detection(
        axis.center[None], heading[None], valid[None], area[None], quality[None], floor,
        length=axis.length[None], width=segmentation.short_axis(axis.length, axis.elongation)[None],
    )  # fmt: skip
