"""Phases between legs and tripod coordination strength by body speed, of all recordings."""

from leap_core.gait import by_speed
from leap_core.io import atomic, parquet
from leap_core.job import rule

PHASES = ["leg", "other", "phase", "mean_speed", "units"]
TRIPODS = ["tripod", "strength", "mean_speed", "units"]

with rule(snakemake) as job:
    phases = parquet.rows(job.input.phases, PHASES)
    atomic.write_csv(job.output.phases, by_speed.mean_phases(phases))
    del phases
    tripods = parquet.rows(job.input.tripods, TRIPODS)
    atomic.write_csv(job.output.tripods, by_speed.mean_strength(tripods))
