"""Figure of coordination: phases between legs and tripod coordination strength."""

import pandas as pd

from leap_core.containers import Gait
from leap_core.figures import placeholder, style
from leap_core.figures.paper import fig3a, fig3b
from leap_core.figures.parts import speed_axis
from leap_core.figures.quality import coordination
from leap_core.figures.tables import missing_tips
from leap_core.job import rule

REASON = "no stride is seen from one swing to the next"

with rule(snakemake) as job:
    everyone = [Gait.read(path) for path in job.input.gait]
    inputs = (job.input.phases, job.input.tripods)
    tables = [pd.concat(map(pd.read_parquet, paths), ignore_index=True) for paths in inputs]
    phases, gaits = fig3b.one_unit(tables[0], everyone)
    tripods, _ = fig3b.one_unit(tables[1], everyone)
    missing = missing_tips(gaits, job.config)
    if len(phases):
        legs = [gaits[0].legs[k] for k in fig3a.leg_order(gaits[0].legs)]
        label = speed_axis.label(gaits[0].velocity_units, {g.speed_source for g in gaits})
        strength = pd.read_csv(job.input.strength)
        figure = coordination.draw(phases, strength, tripods, legs, label, missing)
    else:
        reason = "; ".join(filter(None, (REASON, gaits[0].note, missing)))
        figure = placeholder.draw("Coordination", reason)
    for path in job.output:
        style.save(figure, path)
