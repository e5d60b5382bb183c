"""Join all labels and split them into training, validation and test images."""

from leap_core.containers import Labels
from leap_core.job import rule
from leap_core.labels import splitting

with rule(snakemake) as job:
    joined = splitting.merge([Labels.read(path) for path in job.input.labels], job.config.crop.size)
    splitting.split(joined, job.config.split, job.seed).write(job.output[0], job.provenance())
