"""The behavior map made again, each time a little different, and which regions come back."""

from leap_core.behavior import refits, regions
from leap_core.containers import Behavior, Channels, Files
from leap_core.job import rule

with rule(snakemake) as job:
    # regions as found: what a person names or merges asks for no other refits
    placed = regions.as_found(Files(Behavior, job.input.projected), job.config.behavior)
    found = refits.map_refits(
        lambda: (Channels.read(path) for path in job.input.channels),
        placed,
        job.config.behavior,
        job.seed,
    )
    found.write(job.output[0], job.provenance())
