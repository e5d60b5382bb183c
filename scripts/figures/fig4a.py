"""Figure 4a: density of the behavior map."""

from leap_core.containers import BehaviorMap
from leap_core.figures import style
from leap_core.figures.paper import fig4a
from leap_core.job import rule

with rule(snakemake) as job:
    figure = fig4a.draw(BehaviorMap.read(job.input.map))
    for path in job.output:
        style.save(figure, path)
