"""Mend the track of one video by what a person found wrong in it."""

from leap_core.containers import Track
from leap_core.job import rule
from leap_core.preprocess import corrections, mending

with rule(snakemake) as job:
    track = Track.read(job.input.track)
    lines = []
    if job.input.get("corrections"):
        lines = corrections.read(job.input.corrections, *track.valid.shape)
        print(f"{job.input.corrections}: {len(lines)} corrections")
    made = mending.finished(track, lines)
    for line in mending.misfits(track, lines):
        print(f"WARNING: {line}")
    made.write(job.output[0], job.provenance())
