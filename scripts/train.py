"""Train the network on the labels."""

from pathlib import Path

from leap_core.containers import Labels
from leap_core.job import rule
from leap_core.labels import splitting
from leap_core.pose import training
from leap_core.provenance import records

with rule(snakemake) as job:
    labels = Labels.read(job.input.labels)
    if job.params.all_labels:
        job.noted(all_labels=True)
        labels = splitting.undivided(labels)
    training.train(
        labels,
        job.config.model,
        job.config.training,
        job.seed,
        Path(job.output.history).parent,
        job.provenance(),
        records.root_of(job.output.history) / "checkpoints" / f"{job.wildcards.run}.h5",
    )
