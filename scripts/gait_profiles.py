"""Swing velocity against time from onset, by body speed, over all recordings."""

from functools import partial

from leap_core.gait import profiles, speed_bins
from leap_core.io import atomic, parquet
from leap_core.job import rule

COLUMNS = [*profiles.SWING, "time_ms", "velocity", "mean_speed", "units"]
SPEEDS = [*profiles.SWING, "mean_speed", "units"]


def first_rows(table):
    """One row of every swing."""
    return ~table.duplicated(profiles.SWING)


with rule(snakemake) as job:

    def rows(low: float, high: float):
        return parquet.rows(job.input.swings, COLUMNS, partial(profiles.within, low=low, high=high))

    edges = speed_bins.edges(
        profiles.mean_speeds(parquet.rows(job.input.swings, SPEEDS, first_rows))
    )
    atomic.write_csv(job.output[0], profiles.swing_profiles(rows, edges))
