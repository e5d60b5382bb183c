"""Swing velocity against time from onset, by body speed, over all recordings."""

import pandas as pd

from leap_core import adaptor, gait, hdf5

with adaptor.rule(snakemake) as job:
    swings = pd.concat([pd.read_parquet(path) for path in job.input.swings], ignore_index=True)
    hdf5.write_csv(job.output[0], gait.profiles(swings))
