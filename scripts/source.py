"""Link or download one raw file and check it."""

from leap_core import sources
from leap_core.job import rule

with rule(snakemake) as job:
    if found := sources.fetch(job.config.source, job.output[0]):
        job.took(found)
