"""Embed the samples of all recordings in one map."""

from leap_core import adaptor, behavior
from leap_core.containers import BehaviorSample

with adaptor.rule(snakemake) as job:
    samples = [BehaviorSample.read(path) for path in job.input.samples]
    embedding = behavior.embed(samples, job.config.behavior, job.seed)
    embedding.write(job.output[0], job.provenance())
