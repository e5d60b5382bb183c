"""Figure 1e: leg tips and images during head grooming."""

import numpy as np

from leap_core.containers import Poses, open_crops
from leap_core.excerpts import walking
from leap_core.figures import placeholder, style
from leap_core.figures.paper import fig1de
from leap_core.job import rule

TITLE = "Figure 1e: head grooming"

with rule(snakemake) as job:
    sure = job.config.poses.min_confidence
    poses = Poses.read(job.input.poses)
    bout = walking.head_grooming(poses, sure)
    if bout is None:
        figure = placeholder.draw(TITLE, walking.NO_GROOMING)
    else:
        with open_crops(job.input.crops) as crops:
            images = np.stack([crops.images[row, ..., 0] for row in bout.shown])
        figure = fig1de.draw(f"{poses.recording}: head grooming", bout, images, poses, sure)
    for path in job.output:
        style.save(figure, path)
