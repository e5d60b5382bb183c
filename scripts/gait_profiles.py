"""Swing velocity against time from onset, by body speed, over all recordings."""

import pandas as pd

from leap_core.gait import profiles
from leap_core.io import atomic
from leap_core.job import rule

with rule(snakemake) as job:
    swings = pd.concat([pd.read_parquet(path) for path in job.input.swings], ignore_index=True)
    atomic.write_csv(job.output[0], profiles.swing_profiles(swings))
