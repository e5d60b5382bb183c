"""Error of every part on images never trained on."""

import pandas as pd

from leap_core import adaptor
from leap_core.figures import evaluation, style

with adaptor.rule(snakemake) as job:
    figure = evaluation.draw(pd.read_csv(job.input.table))
    for path in job.output:
        style.save(figure, path)
