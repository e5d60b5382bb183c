"""Cut egocentric images of one animal out of one video."""

from leap_core.containers import Track
from leap_core.job import rule
from leap_core.preprocess import auditing, cropping

with rule(snakemake) as job:
    report = job.input.get("audit")  # of crops that are not stored
    cropping.crop(
        job.input.video,
        Track.read(job.input.track),
        job.params.animal,
        job.config.crop,
        job.wildcards.recording,
        job.output[0],
        job.provenance(),
        job.output.get("masked"),
        bits=job.config.bits,
        undecodable=auditing.undecodable(report) if report else None,
    )
