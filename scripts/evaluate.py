"""Compare the network with the labels that it never saw."""

from leap_core import adaptor, hdf5
from leap_core.containers import Labels
from leap_core.pose import stage

with adaptor.rule(snakemake) as job:
    metrics, table = stage.evaluate(
        Labels.read(job.input.labels),
        job.input.model,
        job.config.prediction,
        job.input.labels,
        job.config.evaluation,
        job.seed,
    )
    hdf5.write_json(job.output.metrics, metrics)
    hdf5.write_csv(job.output.table, table)
