"""Test images with the largest errors."""

import pandas as pd

from leap_core.containers import Labels
from leap_core.figures import style
from leap_core.figures.quality import worst
from leap_core.job import rule

with rule(snakemake) as job:
    figure = worst.draw(Labels.read(job.input.labels), pd.read_csv(job.input.table))
    for path in job.output:
        style.save(figure, path)
