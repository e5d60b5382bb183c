"""Choose representative time points of one recording."""

from leap_core.behavior import importance
from leap_core.containers import Channels
from leap_core.job import rule

with rule(snakemake) as job:
    sample = importance.sample(
        Channels.read(job.input.channels),
        job.config.behavior,
        job.seed,
        max(1, job.config.behavior.total // job.params.recordings),
    )
    sample.write(job.output[0], job.provenance())
