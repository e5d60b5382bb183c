"""Recipe `precropped`: the video already holds egocentric boxes, head towards one side.

There is no track of the body in the arena: the centre is the image's, the heading is the side
to which the head points.
"""

from __future__ import annotations

import numpy as np
from tqdm import tqdm

from leap_core.geometry import middle
from leap_core.io import video
from leap_core.preprocess.recipe import Detection, Task

HEADINGS = {"right": 0.0, "down": np.pi / 2, "left": np.pi, "up": -np.pi / 2}


def find(task: Task) -> Detection:
    """Mark every frame that decodes as valid, centred, and headed as configured."""
    task.one_animal()
    count = len(task.info)
    valid = task.readable
    if valid is None:
        valid = np.zeros(count, dtype=bool)
        frames = video.read_frames(task.path, task.info)
        for k, image in tqdm(frames, total=count, desc="track", unit="frame", disable=None):
            valid[k] = image is not None
    center = middle((task.info.width, task.info.height))
    area = float(task.info.width * task.info.height)
    heading = HEADINGS[task.settings.head]
    return Detection(
        centroid=np.where(valid[:, None], center, np.nan)[None],
        heading=np.where(valid, heading, np.nan)[None],
        valid=valid[None],
        area=np.where(valid, area, np.nan)[None],
        quality=np.where(valid, 1.0, np.nan)[None],
    )
