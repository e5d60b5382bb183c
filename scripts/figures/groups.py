"""Figure of groups of recordings, compared."""

from leap_core.figures import style
from leap_core.figures.quality import groups
from leap_core.groups import comparison, measures
from leap_core.job import rule

with rule(snakemake) as job:
    figure = groups.draw(
        measures.read(job.input.measures),
        comparison.read(job.input.comparison),
        job.config.groups.level,
    )
    for path in job.output:
        style.save(figure, path)
