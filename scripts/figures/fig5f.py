"""Figure 5f: gait modes in the locomotor regions."""

from leap_core import adaptor
from leap_core.containers import RegionStats
from leap_core.figures import fig5f, style

with adaptor.rule(snakemake) as job:
    figure = fig5f.draw(RegionStats.read(job.input.statistics))
    for path in job.output:
        style.save(figure, path)
