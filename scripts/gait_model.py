"""Fit the hidden Markov model of gait to all recordings."""

from leap_core import adaptor, gait
from leap_core.containers import Poses

with adaptor.rule(snakemake) as job:
    model = gait.fit_model(
        (Poses.read(path) for path in job.input.poses),
        job.config.gait,
        job.config.prediction.min_confidence,
        job.seed,
    )
    model.write(job.output[0], job.provenance())
