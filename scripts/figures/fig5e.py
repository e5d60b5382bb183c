"""Figure 5e: forward velocity in the locomotor regions."""

from leap_core import adaptor
from leap_core.containers import RegionStats
from leap_core.figures import fig5e, style

with adaptor.rule(snakemake) as job:
    figure = fig5e.draw(RegionStats.read(job.input.statistics))
    for path in job.output:
        style.save(figure, path)
