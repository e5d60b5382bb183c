"""Swing velocity against time from onset, by body speed, over all recordings."""

from functools import partial

from leap_core.gait import profiles
from leap_core.io import atomic, parquet
from leap_core.job import rule

COLUMNS = [*profiles.SWING, "time_ms", "velocity", "mean_speed", "units"]

with rule(snakemake) as job:

    def rows(low: float, high: float):
        return parquet.rows(job.input.swings, COLUMNS, partial(profiles.within, low=low, high=high))

    atomic.write_csv(job.output[0], profiles.swing_profiles(rows))
