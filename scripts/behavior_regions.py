"""Region of every frame of one recording."""

from leap_core import adaptor, behavior
from leap_core.containers import Behavior, BehaviorMap

with adaptor.rule(snakemake) as job:
    result = behavior.assign(Behavior.read(job.input.projected), BehaviorMap.read(job.input.map))
    result.write(job.output[0], job.provenance())
