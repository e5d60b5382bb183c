"""Mend the track of one video by what a person found wrong in it."""

from leap_core.containers import Track
from leap_core.job import rule
from leap_core.preprocess import corrections

with rule(snakemake) as job:
    track = Track.read(job.input.track)
    if job.input.get("corrections"):
        lines = corrections.read(job.input.corrections, *track.valid.shape)
        track = corrections.apply(track, lines)
        print(f"{job.input.corrections}: {len(lines)} corrections")
    track.write(job.output[0], job.provenance())
