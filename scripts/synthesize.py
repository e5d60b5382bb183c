"""Render one synthetic video with the truth of each animal in it."""

from leap_core.job import rule
from leap_core.synthetic import animals

with rule(snakemake) as job:
    animals.render_animals(
        job.output.video,
        job.output.truth,
        job.config.video.synthetic,
        job.config.synthetic,
        job.skeleton(),
        job.provenance(),
        job.output.get("camera"),
    )
