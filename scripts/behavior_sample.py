"""Choose representative time points of one recording."""

from leap_core import adaptor, behavior
from leap_core.containers import Poses

with adaptor.rule(snakemake) as job:
    sample = behavior.sample(
        Poses.read(job.input.poses),
        job.config.behavior,
        job.config.prediction.min_confidence,
        job.seed,
        job.params.points,
    )
    sample.write(job.output[0], job.provenance())
