"""Figure S3: the names of all parts."""

from leap_core.containers import Labels
from leap_core.figures import style
from leap_core.figures.paper import figS3
from leap_core.figures.tables import reference_sample
from leap_core.job import rule

with rule(snakemake) as job:
    labels = Labels.read(job.input.labels)
    row = reference_sample(labels)
    figure = figS3.draw(labels.images[row, ..., 0], labels.positions[row], labels.skeleton)
    for path in job.output:
        style.save(figure, path)
