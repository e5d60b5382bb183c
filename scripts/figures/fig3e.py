"""Figure 3e: forward speed in each gait mode."""

from leap_core.containers import Files, Gait
from leap_core.figures import placeholder, style
from leap_core.figures.paper import fig3e
from leap_core.figures.tables import missing_tips, walkers
from leap_core.job import rule

REASON = "no frame has a gait mode"

with rule(snakemake) as job:
    gaits = Files(Gait, job.input.gait)
    told = walkers(gaits)
    missing = missing_tips(told, job.config)
    if any((g.state >= 0).any() for g in gaits):
        figure = fig3e.draw(gaits, job.config.figures.published_flies, missing)
    else:
        reason = "; ".join(filter(None, (REASON, told[0].note, missing)))
        figure = placeholder.draw("Figure 3e: speed by gait mode", reason)
    for path in job.output:
        style.save(figure, path)
