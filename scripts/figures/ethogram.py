"""Region of the behavior map over time, below the true behavior where that is known."""

from pathlib import Path

from leap_core.containers import Behavior, BehaviorMap, Truth
from leap_core.figures import style
from leap_core.figures.quality import ethogram
from leap_core.job import rule

with rule(snakemake) as job:
    behaviors = [Behavior.read(path) for path in job.input.behavior]
    files = {Path(path).name.split(".truth")[0]: path for path in job.input.get("truth", [])}
    truths = {name: Truth.read(path) for name, path in files.items()}
    figure = ethogram.draw(behaviors, BehaviorMap.read(job.input.map), truths)
    for path in job.output:
        style.save(figure, path)
