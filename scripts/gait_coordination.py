"""Phases between legs and tripod coordination strength by body speed, of all recordings."""

import pandas as pd

from leap_core.gait import by_speed
from leap_core.io import atomic
from leap_core.job import rule

with rule(snakemake) as job:
    phases = pd.concat([pd.read_parquet(path) for path in job.input.phases], ignore_index=True)
    tripods = pd.concat([pd.read_parquet(path) for path in job.input.tripods], ignore_index=True)
    atomic.write_csv(job.output.phases, by_speed.mean_phases(phases))
    atomic.write_csv(job.output.tripods, by_speed.mean_strength(tripods))
