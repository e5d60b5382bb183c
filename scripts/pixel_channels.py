"""Time series of the pixel modes of one recording, ready for spectrograms."""

from leap_core import adaptor, behavior
from leap_core.containers import PixelBasis

with adaptor.rule(snakemake) as job:
    found = behavior.pixel_channels(
        job.input.crops,
        PixelBasis.read(job.input.basis),
        job.config.behavior,
        job.config.pixels.zscore,
    )
    found.write(job.output[0], job.provenance())
