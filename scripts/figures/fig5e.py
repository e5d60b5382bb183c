"""Figure 5e: forward velocity in the locomotor regions."""

from leap_core.containers import RegionStats
from leap_core.figures import style
from leap_core.figures.paper import fig5e
from leap_core.job import rule

with rule(snakemake) as job:
    figure = fig5e.draw(RegionStats.read(job.input.statistics))
    for path in job.output:
        style.save(figure, path)
