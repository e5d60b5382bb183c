"""Two behavior maps from two parts of every recording, and the occupancy of their regions."""

from leap_core import adaptor
from leap_core.containers import Stability
from leap_core.figures import stability, style

with adaptor.rule(snakemake) as job:
    figure = stability.draw(Stability.read(job.input.halves), Stability.read(job.input.blocks))
    for path in job.output:
        style.save(figure, path)
