"""Figure 1c: image, confidence maps, skeleton."""

from leap_core.containers import Maps
from leap_core.figures import style
from leap_core.figures.paper import fig1c
from leap_core.job import rule

with rule(snakemake) as job:
    figure = fig1c.draw(Maps.read(job.input.maps))
    for path in job.output:
        style.save(figure, path)
