"""Supplementary Figure 5b: error of each architecture."""

from leap_core.containers import Trial
from leap_core.figures import style
from leap_core.figures.paper import figS5b
from leap_core.job import rule

with rule(snakemake) as job:
    figure = figS5b.draw([Trial.read(path) for path in job.input.trials])
    for path in job.output:
        style.save(figure, path)
