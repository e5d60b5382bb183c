"""Supplementary Figure 2: cluster sampling."""

from leap_core import adaptor
from leap_core.containers import Sample
from leap_core.figures import figS2, style

with adaptor.rule(snakemake) as job:
    figure = figS2.draw(Sample.read(job.input.sample))
    for path in job.output:
        style.save(figure, path)
