"""Region of the behavior map over time, below the true behavior where that is known."""

from pathlib import Path

from leap_core.containers import Behavior, BehaviorMap, Files, Named, Truth
from leap_core.figures import style
from leap_core.figures.quality import ethogram
from leap_core.job import rule

with rule(snakemake) as job:
    behaviors = Files(Behavior, job.input.behavior)
    files = {Path(path).name.split(".truth")[0]: path for path in job.input.get("truth", [])}
    figure = ethogram.draw(behaviors, BehaviorMap.read(job.input.map), Named(Truth, files))
    for path in job.output:
        style.save(figure, path)
