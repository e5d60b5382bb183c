"""Choose diverse frames for labeling."""

from leap_core import sampling
from leap_core.job import rule

with rule(snakemake) as job:
    sample = sampling.cluster_sample(job.input.crops, job.config.sampling, job.seed)
    sample.write(job.output[0], job.provenance())
