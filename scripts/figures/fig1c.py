"""Figure 1c: image, confidence maps, skeleton."""

from leap_core import adaptor
from leap_core.containers import Maps
from leap_core.figures import fig1c, style

with adaptor.rule(snakemake) as job:
    figure = fig1c.draw(Maps.read(job.input.maps))
    for path in job.output:
        style.save(figure, path)
