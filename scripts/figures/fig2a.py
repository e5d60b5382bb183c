"""Figure 2a: rings of error on the animal."""

import pandas as pd

from leap_core.containers import Labels
from leap_core.figures import style
from leap_core.figures.paper import fig2a
from leap_core.figures.tables import errors_from_table, reference_sample
from leap_core.job import rule

with rule(snakemake) as job:
    labels = Labels.read(job.input.labels)
    errors = errors_from_table(pd.read_csv(job.input.table), labels.skeleton)
    row = reference_sample(labels)
    figure = fig2a.draw(labels.images[row, ..., 0], labels.positions[row], errors, labels.skeleton)
    for path in job.output:
        style.save(figure, path)
