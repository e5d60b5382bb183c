"""Project every frame of one recording into the map."""

from leap_core.behavior import embedding
from leap_core.containers import Channels, Embedding
from leap_core.job import rule

with rule(snakemake) as job:
    projected = embedding.project(
        Channels.read(job.input.channels),
        Embedding.read(job.input.embedding),
        job.config.behavior,
    )
    projected.write(job.output[0], job.provenance())
