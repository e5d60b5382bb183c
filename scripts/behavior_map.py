"""Density of all frames over the map, and its regions."""

from leap_core import adaptor, behavior
from leap_core.containers import Behavior, Embedding

with adaptor.rule(snakemake) as job:
    result = behavior.build_map(
        Embedding.read(job.input.embedding),
        [Behavior.read(path) for path in job.input.projected],
        job.config.behavior,
    )
    result.write(job.output[0], job.provenance())
