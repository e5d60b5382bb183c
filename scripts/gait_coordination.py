"""Phases between legs and tripod coordination strength by body speed, of all recordings."""

import pandas as pd

from leap_core import adaptor, gait, hdf5

with adaptor.rule(snakemake) as job:
    phases = pd.concat([pd.read_parquet(path) for path in job.input.phases], ignore_index=True)
    tripods = pd.concat([pd.read_parquet(path) for path in job.input.tripods], ignore_index=True)
    hdf5.write_csv(job.output.phases, gait.mean_phases(phases))
    hdf5.write_csv(job.output.tripods, gait.mean_strength(tripods))
