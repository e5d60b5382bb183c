"""Figure 5d: power spectra of the legs in the locomotor regions."""

from leap_core import adaptor
from leap_core.containers import RegionStats
from leap_core.figures import fig5d, style

with adaptor.rule(snakemake) as job:
    figure = fig5d.draw(RegionStats.read(job.input.statistics))
    for path in job.output:
        style.save(figure, path)
