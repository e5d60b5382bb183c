"""Swing, stance and gait mode of one recording, and the tables of its steps."""

from leap_core.containers import GaitModel, Poses
from leap_core.gait import stage, summary
from leap_core.io import atomic
from leap_core.job import rule

with rule(snakemake) as job:
    result, tables = stage.analyse(
        Poses.read(job.input.poses),
        GaitModel.read(job.input.model),
        job.config.gait,
        job.config.poses.min_confidence,
    )
    result.write(job.output.gait, job.provenance())
    for name, table in vars(tables).items():
        atomic.write_parquet(getattr(job.output, name), table)
    print(summary.summarize(result, tables))
