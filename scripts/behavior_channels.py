"""Time series of the parts of one recording, ready for spectrograms."""

from leap_core.behavior import channels
from leap_core.containers import Poses
from leap_core.job import rule

with rule(snakemake) as job:
    found = channels.pose_channels(
        Poses.read(job.input.poses),
        job.config.behavior,
        job.config.poses.min_confidence,
    )
    found.write(job.output[0], job.provenance())
