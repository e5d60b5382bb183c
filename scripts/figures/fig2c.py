"""Figure 2c: error after every epoch."""

from leap_core.containers import Trial
from leap_core.figures import style
from leap_core.figures.paper import fig2c
from leap_core.job import rule

with rule(snakemake) as job:
    figure = fig2c.draw([Trial.read(path) for path in job.input.trials], job.config.experiments)
    for path in job.output:
        style.save(figure, path)
