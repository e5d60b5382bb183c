"""How long each region of the behavior map lasts, and what follows it."""

from leap_core.behavior import dynamics
from leap_core.containers import Behavior, BehaviorMap
from leap_core.io import atomic
from leap_core.job import rule

with rule(snakemake) as job:
    found, bouts = dynamics.region_dynamics(
        (Behavior.read(path) for path in job.input.behavior),
        len(BehaviorMap.read(job.input.map).occupancy),
        job.config.behavior,
    )
    found.write(job.output.dynamics, job.provenance())
    atomic.write_parquet(job.output.bouts, bouts)
    atomic.write_csv(job.output.transitions, dynamics.transition_table(found))
    atomic.write_csv(job.output.dwell, dynamics.dwell_table(found))
