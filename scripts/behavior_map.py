"""Density of all frames over the map, and its regions as a person has edited them."""

from leap_core.behavior import region_edits, regions
from leap_core.containers import Behavior, Embedding, Files
from leap_core.job import rule

with rule(snakemake) as job:
    result = regions.build_map(
        Embedding.read(job.input.embedding),
        Files(Behavior, job.input.projected),
        job.config.behavior,
        [edit for path in job.input.edits for edit in region_edits.read(path)],
    )
    result.write(job.output[0], job.provenance())
