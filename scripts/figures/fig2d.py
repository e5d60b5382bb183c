"""Figure 2d: error against the number of labeled images."""

from leap_core.containers import Trial
from leap_core.figures import style
from leap_core.figures.paper import fig2d
from leap_core.job import rule

with rule(snakemake) as job:
    figure = fig2d.draw([Trial.read(path) for path in job.input.trials])
    for path in job.output:
        style.save(figure, path)
