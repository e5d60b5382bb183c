"""Supplementary Figure 5b: error of each architecture."""

from leap_core import adaptor
from leap_core.containers import Trial
from leap_core.figures import figS5b, style

with adaptor.rule(snakemake) as job:
    figure = figS5b.draw([Trial.read(path) for path in job.input.trials])
    for path in job.output:
        style.save(figure, path)
