"""Compare the network with the labels that it never saw."""

from leap_core.containers import Labels
from leap_core.io import atomic
from leap_core.job import rule
from leap_core.pose import prediction

with rule(snakemake) as job:
    metrics, table = prediction.evaluate(
        Labels.read(job.input.labels),
        job.input.model,
        job.config.prediction,
        job.input.labels,
        job.config.evaluation,
        job.seed,
    )
    atomic.write_json(job.output.metrics, {"held_out_run": job.params.held_out_run} | metrics)
    atomic.write_csv(job.output.table, table)
