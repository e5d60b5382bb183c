"""Groups of recordings compared: effects, permutation tests, false discovery rate."""

from leap_core.groups import comparison, measures
from leap_core.io import atomic
from leap_core.job import rule

with rule(snakemake) as job:
    table = measures.read(job.input.measures)
    atomic.write_csv(job.output[0], comparison.compare(table, job.config.groups, job.seed))
