"""Contact sheet of labeled images."""

from leap_core import adaptor
from leap_core.containers import Labels
from leap_core.figures import labels, style

with adaptor.rule(snakemake) as job:
    figure = labels.draw(Labels.read(job.input.labels))
    for path in job.output:
        style.save(figure, path)
