"""Probabilities against shares of labels, and what a limit drops."""

import pandas as pd

from leap_core.figures import style
from leap_core.figures.quality import reliability
from leap_core.job import rule

with rule(snakemake) as job:
    figure = reliability.draw(pd.read_csv(job.input.table), job.config.poses.doubtful)
    for path in job.output:
        style.save(figure, path)
