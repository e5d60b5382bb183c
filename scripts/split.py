"""Join all labels and split them into training, validation and test images."""

from leap_core import adaptor, labels
from leap_core.containers import Labels

with adaptor.rule(snakemake) as job:
    joined = labels.merge([Labels.read(path) for path in job.input.labels], job.config.crop.size)
    labels.split(joined, job.config.split, job.seed).write(job.output[0], job.provenance())
