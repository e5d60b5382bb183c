"""Figure 5a, b: locomotor regions on the map."""

from leap_core.containers import BehaviorMap, RegionStats
from leap_core.figures import style
from leap_core.figures.paper import fig5ab
from leap_core.job import rule

with rule(snakemake) as job:
    figure = fig5ab.draw(BehaviorMap.read(job.input.map), RegionStats.read(job.input.statistics))
    for path in job.output:
        style.save(figure, path)
