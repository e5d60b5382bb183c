"""Figure of coordination: phases between legs and tripod coordination strength."""

import pandas as pd

from leap_core.containers import Files, Gait
from leap_core.figures import placeholder, style
from leap_core.figures.paper import fig3a, fig3b
from leap_core.figures.parts import speed_axis
from leap_core.figures.quality import coordination
from leap_core.figures.tables import missing_tips, walkers
from leap_core.io import parquet
from leap_core.job import rule

PHASES = ["leg", "other", "phase", "frames", "mean_speed", "units"]
TRIPODS = ["tripod", "strength", "mean_speed", "gait", "units"]
REASON = "no stride is seen from one swing to the next"

with rule(snakemake) as job:
    everyone = walkers(Files(Gait, job.input.gait))
    some, gaits = fig3b.one_unit(parquet.rows(job.input.phases, ["units"]), everyone)
    legs = [gaits[0].legs[k] for k in fig3a.leg_order(gaits[0].legs)]
    phases, _ = fig3b.one_unit(
        parquet.rows(job.input.phases, PHASES, lambda table: table["leg"] == legs[0]), everyone
    )
    tripods, _ = fig3b.one_unit(parquet.rows(job.input.tripods, TRIPODS), everyone)
    missing = missing_tips(gaits, job.config)
    if len(some):
        label = speed_axis.label(gaits[0].velocity_units, {g.speed_source for g in gaits})
        strength = pd.read_csv(job.input.strength)
        figure = coordination.draw(phases, strength, tripods, legs, label, missing)
    else:
        reason = "; ".join(filter(None, (REASON, gaits[0].note, missing)))
        figure = placeholder.draw("Coordination", reason)
    for path in job.output:
        style.save(figure, path)
