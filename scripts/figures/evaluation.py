"""Error of every part on images never trained on."""

import pandas as pd

from leap_core.figures import style
from leap_core.figures.quality import evaluation
from leap_core.job import rule

with rule(snakemake) as job:
    figure = evaluation.draw(pd.read_csv(job.input.table))
    for path in job.output:
        style.save(figure, path)
