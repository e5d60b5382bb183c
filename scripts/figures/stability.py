"""Two behavior maps from two parts of every recording, and the occupancy of their regions."""

from leap_core.containers import Stability
from leap_core.figures import style
from leap_core.figures.quality import stability
from leap_core.job import rule

with rule(snakemake) as job:
    figure = stability.draw(Stability.read(job.input.halves), Stability.read(job.input.blocks))
    for path in job.output:
        style.save(figure, path)
