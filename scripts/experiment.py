"""One training of an experiment, evaluated on the test images."""

from leap_core.containers import Labels
from leap_core.job import rule
from leap_core.pose import experiments

with rule(snakemake) as job:
    trial = experiments.run(
        Labels.read(job.input.labels),
        job.config,
        job.wildcards.experiment,
        job.wildcards.setting,
        int(job.wildcards.replicate),
        job.input.labels,
    )
    trial.write(job.output[0], job.provenance())
