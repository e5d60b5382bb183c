"""Figure 2a: rings of error on the animal."""

import pandas as pd

from leap_core import adaptor
from leap_core.containers import Labels
from leap_core.figures import fig2a, style
from leap_core.figures.tables import errors_from_table, reference_sample

with adaptor.rule(snakemake) as job:
    labels = Labels.read(job.input.labels)
    errors = errors_from_table(pd.read_csv(job.input.table), labels.skeleton)
    row = reference_sample(labels)
    figure = fig2a.draw(labels.images[row, ..., 0], labels.positions[row], errors, labels.skeleton)
    for path in job.output:
        style.save(figure, path)
