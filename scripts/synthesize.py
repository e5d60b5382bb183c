"""Render one synthetic video with its truth."""

from leap_core.job import rule
from leap_core.synthetic import movie

with rule(snakemake) as job:
    movie.render(
        job.output.video,
        job.output.truth,
        job.config.video.synthetic,
        job.config.synthetic,
        job.skeleton(),
        job.provenance(),
        job.output.get("camera"),
    )
