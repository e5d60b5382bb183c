"""Quality of the track of one video."""

from leap_core.containers import Track
from leap_core.figures import style
from leap_core.figures.quality import tracking
from leap_core.job import rule

with rule(snakemake) as job:
    figure = tracking.draw(Track.read(job.input.track))
    for path in job.output:
        style.save(figure, path)
