"""Train the network on the labels."""

from pathlib import Path

from leap_core.config import names
from leap_core.containers import Labels
from leap_core.job import rule
from leap_core.pose import training
from leap_core.provenance import records

with rule(snakemake) as job:
    labels = Labels.read(job.input.labels)
    if job.params.all_labels:
        labels = labels.undivided()
    if not job.wildcards.run.endswith(names.HELD_OUT_SUFFIX):
        told = {"all_labels": job.config.training.all_labels}
        job.noted(training=job.section["training"] | told)
    training.train(
        labels,
        job.config.model,
        job.config.training,
        job.seed,
        Path(job.output.history).parent,
        job.provenance(),
        records.root_of(job.output.history) / "checkpoints" / f"{job.wildcards.run}.h5",
    )
