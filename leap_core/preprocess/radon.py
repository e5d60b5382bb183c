"""Recipe `radon`: one animal, turned and centred by comparison with its own mean picture.

Segment, bring the body to the template's area, find its angle from the Radon transform and its
place by registration (:mod:`template`), then decide head from tail over the whole video
(:mod:`headtail`).  No empty floor is needed, so the camera may follow the animal.
"""

from __future__ import annotations

import numpy as np

from leap_core.numerics import running_median
from leap_core.preprocess import head_template, headtail, segmentation
from leap_core.preprocess.recipe import Detection, Floor, Task

_AROUND_S = 1.0  # over which the typical area of the body is taken


def find(task: Task) -> Detection:
    """Track the animal through the video.

    Each frame is fitted by itself; what is decided over time is decided over the whole video.
    The centroid is the place of the template's middle: the centroid of the mean body, without
    legs and wings.

    Raises:
        UserError: more than one animal asked for, or none found in the frames that make the
            template.
    """
    task.one_animal()
    settings, count = task.settings, len(task.info)
    floor, model = _learn(task)
    centers, match = np.full((count, 2, 2), np.nan), np.full((count, 2), np.nan)
    angle, length, elongation = (np.full(count, np.nan) for _ in range(3))
    shape = np.full((count, headtail.FEATURES + 1), np.nan)
    area, body = np.full(count, np.nan), np.full(count, np.nan)
    for k, blob in segmentation.blobs(task, floor):
        middle, _, length[k], elongation[k] = segmentation.ellipse(blob.body)
        fit = head_template.fit(blob, floor.threshold, model, middle=middle)
        angle[k], centers[k], match[k] = fit.angle, fit.center, fit.match
        shape[k, :-1] = headtail.asymmetry(blob, middle, fit.angle, length[k])
        shape[k, -1] = fit.match[0] - fit.match[1]
        area[k], body[k] = blob.area, np.count_nonzero(blob.body)
    valid = whole(body, task.fps, settings.area_drop)
    segmentation.require_animal(task, valid)
    angle[~valid] = np.nan
    # the mean of both ways round is the same for either end
    seen = task.in_arena(np.where(valid[:, None], centers.mean(1), np.nan))
    axis = headtail.Axis(seen, angle, length, elongation, shape)
    heading, quality = headtail.decide(axis, task.fps)
    ahead = np.cos(heading - angle) > 0
    # the template's +x is the head's end if so in most frames
    alike = np.mean((match[valid, 0] > match[valid, 1]) == ahead[valid])
    way = np.where(ahead == (alike >= 0.5), 0, 1)
    centroid = np.where(valid[:, None], centers[np.arange(count), way], np.nan)
    area[~valid] = np.nan
    length[~valid] = np.nan
    return Detection(
        centroid[None], heading[None], valid[None], area[None], quality[None], floor,
        length=length[None], width=segmentation.short_axis(length, elongation)[None],
    )  # fmt: skip


def _learn(task: Task) -> tuple[Floor, head_template.Template]:
    """Floor and template, from the same sampled frames."""
    settings = task.settings
    samples = segmentation.sample(task)
    floor = segmentation.learn_floor(task, samples)
    found = (
        segmentation.segment(image, floor, settings.opening_px, settings.min_area_px)
        for image in samples
    )
    blobs = [blob for blob in found if blob is not None]
    segmentation.require_animal(task, np.array([bool(blobs)]), f"the {len(samples)} frames sampled")
    return floor, head_template.learn(blobs, floor.threshold)


def whole(area: np.ndarray, fps: float, drop: float) -> np.ndarray:
    """Frames in which the body is whole: not smaller than around by more than a share.

    Args:
        area: (frame,) px^2 of the body, NaN = not found.
        drop: largest share missing from the median of the second around a frame.

    Returns:
        (frame,) bool.  Unlike a comparison with the frame before, one bad frame decides nothing
        about the next.

    >>> whole(np.array([100.0, 98, 60, np.nan, 101, 99]), 5.0, 0.15).tolist()
    [True, True, False, False, True, True]
    """
    known = np.isfinite(area)
    if known.any():
        half = max(2, round(_AROUND_S * fps / 2))
        known[known] = area[known] >= (1 - drop) * running_median(area[known], half)
    return known
