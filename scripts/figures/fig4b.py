"""Figure 4b: regions of the behavior map."""

from leap_core import adaptor
from leap_core.containers import BehaviorMap
from leap_core.figures import fig4b, style

with adaptor.rule(snakemake) as job:
    figure = fig4b.draw(BehaviorMap.read(job.input.map))
    for path in job.output:
        style.save(figure, path)
