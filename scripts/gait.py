"""Swing, stance and gait mode of one recording, and the tables of its steps."""

from leap_core import adaptor, gait, hdf5
from leap_core.containers import GaitModel, Poses

with adaptor.rule(snakemake) as job:
    result, tables = gait.analyse(
        Poses.read(job.input.poses),
        GaitModel.read(job.input.model),
        job.config.gait,
        job.config.prediction.min_confidence,
    )
    result.write(job.output.gait, job.provenance())
    for name, table in vars(tables).items():
        hdf5.write_parquet(getattr(job.output, name), table)
    print(gait.summary(result, tables))
