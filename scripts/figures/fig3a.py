"""Figure 3a: how swing and stance are told apart."""

from leap_core.containers import Files, Gait
from leap_core.excerpts.steps import steady_steps
from leap_core.figures import placeholder, style
from leap_core.figures.paper import fig3a
from leap_core.figures.tables import missing_tips, walkers
from leap_core.job import rule

REASON = "no 0.6 s of walking with all legs seen and three swings of one"

with rule(snakemake) as job:
    gaits = Files(Gait, job.input.gait)
    told = walkers(gaits)
    missing = missing_tips(told, job.config)
    found = steady_steps(gaits)
    if found:
        figure = fig3a.draw(found.gait, found.start, found.stop, found.leg, missing)
    else:
        reason = "; ".join(filter(None, (REASON, told[0].note, missing)))
        figure = placeholder.draw("Figure 3a: swing and stance", reason)
    for path in job.output:
        style.save(figure, path)
