"""Principal components of the Radon-transformed crops of all recordings."""

from leap_core.behavior import pixels
from leap_core.job import rule

with rule(snakemake) as job:
    basis = pixels.pixel_basis(job.input.crops, job.config.pixels)
    basis.write(job.output[0], job.provenance())
