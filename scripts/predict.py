"""Predict one chunk of one recording."""

from leap_core.job import rule
from leap_core.pose import inference

with rule(snakemake) as job:
    chunk, chunks = job.wildcards.chunk.split("-of-")
    poses = inference.predict_crops(
        job.input.crops, job.input.model, job.config.prediction, int(chunk), int(chunks)
    )
    poses.write(job.output[0], job.provenance())
