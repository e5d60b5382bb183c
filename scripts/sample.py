"""Choose diverse frames for labeling."""

from leap_core import adaptor, sampling

with adaptor.rule(snakemake) as job:
    sample = sampling.cluster_sample(job.input.crops, job.config.sampling, job.seed)
    sample.write(job.output[0], job.provenance())
