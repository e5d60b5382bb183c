"""Contact sheet of labeled images."""

from leap_core.containers import Labels
from leap_core.figures import style
from leap_core.figures.quality import labels
from leap_core.job import rule

with rule(snakemake) as job:
    figure = labels.draw(Labels.read(job.input.labels))
    for path in job.output:
        style.save(figure, path)
