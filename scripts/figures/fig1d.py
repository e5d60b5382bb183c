"""Figure 1d: leg tips and images during walking."""

from leap_core.containers import Gait, Poses, open_crops
from leap_core.excerpts import walking
from leap_core.figures import style
from leap_core.figures.paper import fig1de
from leap_core.job import rule

with rule(snakemake) as job, open_crops(job.input.crops) as crops:
    sure = job.config.poses.min_confidence
    poses = Poses.read(job.input.poses)
    walks = [Gait.read(path).walking for path in job.input.get("gait", [])]
    bout = walking.best_walking(poses, sure, walks[0] if walks else None)
    figure = fig1de.draw_example(
        "Figure 1d",
        "walking",
        bout,
        missing=walking.NO_WALKING,
        crops=crops,
        poses=poses,
        min_confidence=job.config.poses.doubtful,
    )
    for path in job.output:
        style.save(figure, path)
