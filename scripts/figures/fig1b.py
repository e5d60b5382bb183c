"""Figure 1b: what the labeling page holds."""

from leap_core.containers import Labels
from leap_core.figures import style
from leap_core.figures.paper import fig1b
from leap_core.figures.tables import reference_sample
from leap_core.job import rule
from leap_core.labels import effort

with rule(snakemake) as job:
    labels = Labels.read(job.input.labels)
    reference = reference_sample(labels) if len(labels.images) else 0
    figure = fig1b.draw(labels, effort.read_table(job.input.work), reference)
    for path in job.output:
        style.save(figure, path)
