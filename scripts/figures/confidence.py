"""Confidence of every part over all frames."""

from leap_core.containers import Files, Poses
from leap_core.figures import style
from leap_core.figures.quality import confidence
from leap_core.job import rule

with rule(snakemake) as job:
    poses = Files(Poses, job.input.poses)
    figure = confidence.draw(poses, job.config.poses.doubtful)
    for path in job.output:
        style.save(figure, path)
