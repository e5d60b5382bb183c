"""How long each region of the behavior map lasts, and what follows it."""

from leap_core import adaptor, behavior, hdf5
from leap_core.containers import Behavior, BehaviorMap

with adaptor.rule(snakemake) as job:
    found, bouts = behavior.dynamics(
        (Behavior.read(path) for path in job.input.behavior),
        len(BehaviorMap.read(job.input.map).occupancy),
        job.config.behavior,
    )
    found.write(job.output.dynamics, job.provenance())
    hdf5.write_parquet(job.output.bouts, bouts)
    hdf5.write_csv(job.output.transitions, behavior.transition_table(found))
    hdf5.write_csv(job.output.dwell, behavior.dwell_table(found))
