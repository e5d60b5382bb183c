"""Choose representative time points of one recording."""

from leap_core import adaptor, behavior
from leap_core.containers import Channels

with adaptor.rule(snakemake) as job:
    sample = behavior.sample(
        Channels.read(job.input.channels),
        job.config.behavior,
        job.seed,
        job.params.points,
    )
    sample.write(job.output[0], job.provenance())
