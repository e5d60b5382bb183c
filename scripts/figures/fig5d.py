"""Figure 5d: power spectra of the legs in the locomotor regions."""

from leap_core.containers import RegionStats
from leap_core.figures import style
from leap_core.figures.paper import fig5d
from leap_core.job import rule

with rule(snakemake) as job:
    figure = fig5d.draw(RegionStats.read(job.input.statistics))
    for path in job.output:
        style.save(figure, path)
