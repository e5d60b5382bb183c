"""Figure 4a: density of the behavior map."""

from leap_core import adaptor
from leap_core.containers import BehaviorMap
from leap_core.figures import fig4a, style

with adaptor.rule(snakemake) as job:
    figure = fig4a.draw(BehaviorMap.read(job.input.map))
    for path in job.output:
        style.save(figure, path)
