"""Test images with the largest errors."""

import pandas as pd

from leap_core import adaptor
from leap_core.containers import Labels
from leap_core.figures import style, worst

with adaptor.rule(snakemake) as job:
    figure = worst.draw(Labels.read(job.input.labels), pd.read_csv(job.input.table))
    for path in job.output:
        style.save(figure, path)
