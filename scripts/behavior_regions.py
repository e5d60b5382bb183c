"""Region of every frame of one recording."""

from leap_core.behavior import regions
from leap_core.containers import Behavior, BehaviorMap
from leap_core.job import rule

with rule(snakemake) as job:
    result = regions.assign(Behavior.read(job.input.projected), BehaviorMap.read(job.input.map))
    result.write(job.output[0], job.provenance())
