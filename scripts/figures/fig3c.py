"""Figure 3c: swing velocity against time from onset, by body speed."""

import pandas as pd

from leap_core.containers import Files, Gait
from leap_core.figures import placeholder, style
from leap_core.figures.paper import fig3c
from leap_core.figures.parts import speed_axis
from leap_core.figures.tables import missing_tips, walkers
from leap_core.job import rule

REASON = "fewer than 10 whole swings in every speed bin (2 to 35 mm/s)"

with rule(snakemake) as job:
    gaits = walkers(Files(Gait, job.input.gait))
    profiles = pd.read_csv(job.input.profiles)
    missing = missing_tips(gaits, job.config)
    if len(profiles):
        label = speed_axis.label("mm/s", {g.speed_source for g in gaits})
        figure = fig3c.draw(profiles, label, job.config.figures.published_flies, missing)
    else:
        reason = "; ".join(filter(None, (REASON, gaits[0].note, missing)))
        figure = placeholder.draw("Figure 3c: swing velocity", reason)
    for path in job.output:
        style.save(figure, path)
