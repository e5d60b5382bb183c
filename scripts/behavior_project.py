"""Project every frame of one recording into the map."""

from leap_core import adaptor, behavior
from leap_core.containers import Channels, Embedding

with adaptor.rule(snakemake) as job:
    projected = behavior.project(
        Channels.read(job.input.channels),
        Embedding.read(job.input.embedding),
        job.config.behavior,
    )
    projected.write(job.output[0], job.provenance())
