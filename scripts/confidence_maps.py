"""Confidence maps of one well predicted frame with its legs spread."""

from leap_core.containers import Poses
from leap_core.excerpts import walking
from leap_core.job import rule
from leap_core.pose import maps

with rule(snakemake) as job:
    settings, sure = job.config.prediction, job.config.poses.doubtful
    row = walking.example_frame(Poses.read(job.input.poses), sure)
    found = maps.confidence_maps(job.input.crops, job.input.model, settings, [row])
    found.write(job.output[0], job.provenance())
