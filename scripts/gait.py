"""Swing, stance and gait mode of one recording."""

from leap_core import adaptor, gait, hdf5
from leap_core.containers import GaitModel, Poses

with adaptor.rule(snakemake) as job:
    result, steps, swings = gait.analyse(
        Poses.read(job.input.poses),
        GaitModel.read(job.input.model),
        job.config.gait,
        job.config.prediction.min_confidence,
    )
    result.write(job.output.gait, job.provenance())
    hdf5.write_parquet(job.output.steps, steps)
    hdf5.write_parquet(job.output.swings, swings)
