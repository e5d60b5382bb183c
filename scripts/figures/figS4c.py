"""Supplementary Figure 4c: work per frame against labels of the network."""

from leap_core.figures import style
from leap_core.figures.paper import figS4c
from leap_core.job import rule
from leap_core.labels import effort

with rule(snakemake) as job:
    figure = figS4c.draw(effort.read_table(job.input.work))
    for path in job.output:
        style.save(figure, path)
