"""Figure 5a, b: locomotor regions on the map."""

from leap_core import adaptor
from leap_core.containers import BehaviorMap, RegionStats
from leap_core.figures import fig5ab, style

with adaptor.rule(snakemake) as job:
    figure = fig5ab.draw(BehaviorMap.read(job.input.map), RegionStats.read(job.input.statistics))
    for path in job.output:
        style.save(figure, path)
