"""Contact sheet of predicted poses of one recording."""

import numpy as np

from leap_core.containers import Poses, open_crops
from leap_core.figures import style
from leap_core.figures.quality import poses
from leap_core.job import rule

with rule(snakemake) as job:
    result = Poses.read(job.input.poses)
    with open_crops(job.input.crops) as crops:
        rows = np.linspace(0, len(crops) - 1, min(12, len(crops))).astype(int)
        images = np.stack([crops.images[row, ..., 0] for row in rows])
    figure = poses.draw(
        images,
        result.positions[rows],
        result.confidence[rows],
        result.skeleton,
        job.config.poses.doubtful,
        result.frame[rows],
    )
    for path in job.output:
        style.save(figure, path)
