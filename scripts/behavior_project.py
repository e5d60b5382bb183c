"""Project every frame of one recording into the map."""

from leap_core import adaptor, behavior
from leap_core.containers import Embedding, Poses

with adaptor.rule(snakemake) as job:
    projected = behavior.project(
        Poses.read(job.input.poses),
        Embedding.read(job.input.embedding),
        job.config.behavior,
        job.config.prediction.min_confidence,
    )
    projected.write(job.output[0], job.provenance())
