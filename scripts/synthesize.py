"""Render one synthetic video with its truth."""

from leap_core import adaptor, synthetic

with adaptor.rule(snakemake) as job:
    synthetic.render(
        job.output.video,
        job.output.truth,
        job.config.video(job.wildcards.video).synthetic,
        job.config.synthetic,
        job.skeleton(),
        job.provenance(),
        job.output.get("camera"),
    )
