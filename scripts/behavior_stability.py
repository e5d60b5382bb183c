"""Two maps, each from its own part of every recording, and how far they agree."""

from leap_core.behavior import regions, stability
from leap_core.containers import Behavior, Channels, Files
from leap_core.job import rule

with rule(snakemake) as job:
    # regions as found: what a person names or merges changes no map
    placed = regions.as_found(Files(Behavior, job.input.projected), job.config.behavior)
    found = stability.map_stability(
        lambda: (Channels.read(path) for path in job.input.channels),
        placed,
        job.config.behavior,
        job.seed,
        job.wildcards.cut,
    )
    found.write(job.output[0], job.provenance())
