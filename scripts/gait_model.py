"""Fit the hidden Markov model of gait to all recordings."""

from leap_core.containers import Poses
from leap_core.gait.model import fit_model
from leap_core.job import rule

with rule(snakemake) as job:
    model = fit_model(
        (Poses.read(path) for path in job.input.poses),
        job.config.gait,
        job.config.poses.min_confidence,
        job.seed,
    )
    if model.note:
        print(f"note: {model.note}")
    model.write(job.output[0], job.provenance())
