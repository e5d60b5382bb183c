"""Figure 1d: leg tips and images during walking."""

import numpy as np

from leap_core.containers import Gait, Poses, open_crops
from leap_core.excerpts import walking
from leap_core.figures import placeholder, style
from leap_core.figures.paper import fig1de
from leap_core.job import rule

TITLE = "Figure 1d: walking"

with rule(snakemake) as job:
    sure = job.config.poses.min_confidence
    poses = Poses.read(job.input.poses)
    walks = [Gait.read(path).walking for path in job.input.get("gait", [])]
    bout = walking.walking(poses, sure, walks[0] if walks else None)
    if bout is None:
        figure = placeholder.draw(TITLE, walking.NO_WALKING)
    else:
        with open_crops(job.input.crops) as crops:
            images = np.stack([crops.images[row, ..., 0] for row in bout.shown])
        figure = fig1de.draw(f"{poses.recording}: walking", bout, images, poses, sure)
    for path in job.output:
        style.save(figure, path)
