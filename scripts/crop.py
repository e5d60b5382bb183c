"""Cut egocentric images of one animal out of one video."""

from leap_core import adaptor, preprocess
from leap_core.containers import Track

with adaptor.rule(snakemake) as job:
    preprocess.crop(
        job.input.video,
        Track.read(job.input.track),
        job.params.animal,
        job.config.crop,
        job.wildcards.recording,
        job.output[0],
        job.provenance(),
        job.output.get("masked"),
    )
