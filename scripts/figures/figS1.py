"""Supplementary Figure 1: error against the rotations of training and of test images."""

from leap_core.containers import Labels, Trial
from leap_core.figures import style
from leap_core.figures.paper import figS1
from leap_core.job import rule

with rule(snakemake) as job:
    trials = [Trial.read(path) for path in job.input.trials]
    figure = figS1.draw(trials, Labels.read(job.input.labels), job.config.experiments.rotations)
    for path in job.output:
        style.save(figure, path)
