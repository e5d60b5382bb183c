"""Join all labels and split them into training, validation and test images."""

import sys

from leap_core.containers import Labels, tracks
from leap_core.job import rule
from leap_core.labels import merging, splitting

with rule(snakemake) as job:
    read = [Labels.read(path) for path in job.input.labels]
    joined = merging.merge(read, job.config.crop.size)
    known = splitting.in_videos(joined, job.params.recordings)
    rates = dict(zip(job.params.videos, map(tracks.rate, job.input.tracks), strict=True))
    made = splitting.split(known, job.config.split, job.seed, rates)
    doubt = "WARNING: " if made.division["flatters"] else ""
    print(f"{doubt}split: {made.note}", file=sys.stderr)
    made.write(job.output[0], job.provenance())
