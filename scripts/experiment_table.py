"""Mean errors of all experiments in one table."""

from leap_core import adaptor, hdf5
from leap_core.containers import Trial
from leap_core.pose import experiments

with adaptor.rule(snakemake) as job:
    table = experiments.summary([Trial.read(path) for path in job.input.trials])
    hdf5.write_csv(job.output[0], table)
