"""Which regions of the behavior map come back on refits, and which are one behavior in pieces."""

from leap_core.behavior.refits import of_map
from leap_core.containers import BehaviorMap, Refits
from leap_core.figures import style
from leap_core.figures.quality import refits
from leap_core.job import rule

with rule(snakemake) as job:
    map = BehaviorMap.read(job.input.map)
    figure = refits.draw(map, of_map(Refits.read(job.input.refits), map))
    for path in job.output:
        style.save(figure, path)
