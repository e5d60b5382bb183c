"""Embed the samples of all recordings in one map."""

from leap_core.behavior.embedding import embed
from leap_core.containers import BehaviorSample, Files
from leap_core.job import rule

with rule(snakemake) as job:
    embedding = embed(Files(BehaviorSample, job.input.samples), job.config.behavior, job.seed)
    embedding.write(job.output[0], job.provenance())
