"""Region of the behavior map over time."""

from leap_core import adaptor
from leap_core.containers import Behavior, BehaviorMap
from leap_core.figures import ethogram, style

with adaptor.rule(snakemake) as job:
    behaviors = [Behavior.read(path) for path in job.input.behavior]
    figure = ethogram.draw(behaviors, BehaviorMap.read(job.input.map))
    for path in job.output:
        style.save(figure, path)
