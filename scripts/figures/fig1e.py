"""Figure 1e: leg tips and images during head grooming."""

from leap_core.containers import Poses, open_crops
from leap_core.excerpts import walking
from leap_core.figures import style
from leap_core.figures.paper import fig1de
from leap_core.job import rule

with rule(snakemake) as job, open_crops(job.input.crops) as crops:
    sure = job.config.poses.min_confidence
    poses = Poses.read(job.input.poses)
    bout = walking.head_grooming(poses, sure)
    figure = fig1de.draw_example(
        "Figure 1e",
        "head grooming",
        bout,
        missing=walking.NO_GROOMING,
        crops=crops,
        poses=poses,
        min_confidence=job.config.poses.doubtful,
    )
    for path in job.output:
        style.save(figure, path)
