"""Mean errors of all experiments in one table."""

from leap_core.containers import Trial
from leap_core.io import atomic
from leap_core.job import rule
from leap_core.pose import experiments

with rule(snakemake) as job:
    table = experiments.summary([Trial.read(path) for path in job.input.trials])
    atomic.write_csv(job.output[0], table)
