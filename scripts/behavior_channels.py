"""Time series of the parts of one recording, ready for spectrograms."""

from leap_core import adaptor, behavior
from leap_core.containers import Poses

with adaptor.rule(snakemake) as job:
    found = behavior.channels(
        Poses.read(job.input.poses),
        job.config.behavior,
        job.config.prediction.min_confidence,
    )
    found.write(job.output[0], job.provenance())
