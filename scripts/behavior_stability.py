"""Two maps, each from its own part of every recording, and how far they agree."""

from leap_core import adaptor, behavior
from leap_core.containers import Behavior, Channels

with adaptor.rule(snakemake) as job:
    found = behavior.stability(
        lambda: (Channels.read(path) for path in job.input.channels),
        (Behavior.read(path) for path in job.input.behavior),
        job.config.behavior,
        job.seed,
        job.wildcards.cut,
    )
    found.write(job.output[0], job.provenance())
