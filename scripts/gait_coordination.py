"""Phases between legs and tripod coordination strength by body speed, of all recordings."""

from leap_core.gait import by_speed, speed_bins
from leap_core.io import atomic, parquet
from leap_core.job import rule

PHASES = ["leg", "other", "phase", "mean_speed", "units"]
TRIPODS = ["tripod", "strength", "mean_speed", "units"]

with rule(snakemake) as job:
    phases = parquet.rows(job.input.phases, PHASES)
    walked = phases["mean_speed"][phases["units"] == "mm/s"].to_numpy(float)
    edges = speed_bins.edges(walked)  # both tables have the same
    atomic.write_csv(job.output.phases, by_speed.mean_phases(phases, edges))
    del phases
    tripods = parquet.rows(job.input.tripods, TRIPODS)
    atomic.write_csv(job.output.tripods, by_speed.mean_strength(tripods, edges))
