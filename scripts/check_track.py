"""Say what is doubtful in the track of one video."""

from leap_core.containers import Track
from leap_core.io import atomic
from leap_core.job import rule
from leap_core.preprocess import plausibility

with rule(snakemake) as job:
    track = Track.read(job.input.track)
    found = plausibility.doubts(track, crop_size=job.config.crop.size)
    atomic.write_json(job.output[0], plausibility.to_json(found, track))
    for line in plausibility.warnings_of(found, track):
        print(f"WARNING: {job.wildcards.video}: {line}")
