"""Join the predicted chunks of one recording."""

from leap_core import containers
from leap_core.job import rule
from leap_core.pose import inference

with rule(snakemake) as job:
    chunks = sorted(job.input.chunks, key=lambda p: int(p.rsplit("/", 1)[1].split("-of-")[0]))
    with containers.open_crops(job.input.crops) as crops:
        frames = crops.frame
    poses = inference.gather([containers.Poses.read(p) for p in chunks], chunks, frames)
    poses.write(job.output[0], job.provenance())
