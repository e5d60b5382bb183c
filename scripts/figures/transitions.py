"""What follows each region of the behavior map, and how long it lasts."""

from leap_core.containers import BehaviorMap, Dynamics
from leap_core.figures import style
from leap_core.figures.quality import transitions
from leap_core.job import rule

with rule(snakemake) as job:
    figure = transitions.draw(BehaviorMap.read(job.input.map), Dynamics.read(job.input.dynamics))
    for path in job.output:
        style.save(figure, path)
