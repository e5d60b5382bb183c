"""Confidence maps of one well predicted frame with its legs spread."""

from leap_core import adaptor
from leap_core.containers import Poses
from leap_core.pose import bouts, maps

with adaptor.rule(snakemake) as job:
    settings = job.config.prediction
    row = bouts.example_frame(Poses.read(job.input.poses), settings.min_confidence)
    found = maps.confidence_maps(job.input.crops, job.input.model, settings, [row])
    found.write(job.output[0], job.provenance())
