"""Loss and learning rate over epochs."""

import pandas as pd

from leap_core import adaptor
from leap_core.figures import style, training

with adaptor.rule(snakemake) as job:
    figure = training.draw(pd.read_csv(job.input.history))
    for path in job.output:
        style.save(figure, path)
