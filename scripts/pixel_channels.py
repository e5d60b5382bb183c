"""Time series of the pixel modes of one recording, ready for spectrograms."""

from leap_core.behavior import pixels
from leap_core.containers import PixelBasis
from leap_core.job import rule

with rule(snakemake) as job:
    found = pixels.pixel_channels(
        job.input.crops,
        PixelBasis.read(job.input.basis),
        job.config.behavior,
        job.config.pixels.zscore,
    )
    found.write(job.output[0], job.provenance())
