"""Figure S3: the names of all parts."""

from leap_core import adaptor
from leap_core.containers import Labels
from leap_core.figures import figS3, style
from leap_core.figures.tables import reference_sample

with adaptor.rule(snakemake) as job:
    labels = Labels.read(job.input.labels)
    row = reference_sample(labels)
    figure = figS3.draw(labels.images[row, ..., 0], labels.positions[row], labels.skeleton)
    for path in job.output:
        style.save(figure, path)
