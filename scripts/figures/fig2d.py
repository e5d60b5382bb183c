"""Figure 2d: error against the number of labeled images."""

from leap_core import adaptor
from leap_core.containers import Trial
from leap_core.figures import fig2d, style

with adaptor.rule(snakemake) as job:
    figure = fig2d.draw([Trial.read(path) for path in job.input.trials])
    for path in job.output:
        style.save(figure, path)
