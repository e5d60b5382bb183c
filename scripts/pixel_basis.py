"""Principal components of the Radon-transformed crops of all recordings."""

from leap_core import adaptor, behavior

with adaptor.rule(snakemake) as job:
    basis = behavior.pixel_basis(job.input.crops, job.config.pixels)
    basis.write(job.output[0], job.provenance())
