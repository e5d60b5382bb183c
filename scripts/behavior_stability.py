"""Two maps, each from its own part of every recording, and how far they agree."""

from leap_core.behavior import stability
from leap_core.containers import Behavior, Channels
from leap_core.job import rule

with rule(snakemake) as job:
    found = stability.map_stability(
        lambda: (Channels.read(path) for path in job.input.channels),
        (Behavior.read(path) for path in job.input.behavior),
        job.config.behavior,
        job.seed,
        job.wildcards.cut,
    )
    found.write(job.output[0], job.provenance())
