"""Train the network on the labels."""

from pathlib import Path

from leap_core import adaptor
from leap_core.containers import Labels
from leap_core.pose import training

with adaptor.rule(snakemake) as job:
    training.train(
        Labels.read(job.input.labels),
        job.config.model,
        job.config.training,
        job.seed,
        Path(job.output.history).parent,
        job.provenance(),
    )
