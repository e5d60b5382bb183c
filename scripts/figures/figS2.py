"""Supplementary Figure 2: cluster sampling."""

from leap_core.containers import Sample
from leap_core.figures import style
from leap_core.figures.paper import figS2
from leap_core.job import rule

with rule(snakemake) as job:
    figure = figS2.draw(Sample.read(job.input.sample))
    for path in job.output:
        style.save(figure, path)
