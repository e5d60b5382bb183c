"""Figure 3b: swing and stance duration against speed."""

import pandas as pd

from leap_core import adaptor
from leap_core.containers import Gait
from leap_core.figures import fig3b, skipped, speed, style
from leap_core.figures.tables import missing_tips

with adaptor.rule(snakemake) as job:
    gaits = [Gait.read(path) for path in job.input.gait]
    steps = pd.concat([pd.read_parquet(path) for path in job.input.steps])
    missing = missing_tips(gaits, job.config)
    if (steps["whole"] & steps["mean_speed"].notna()).any():
        published = job.config.figures.published_flies
        label = speed.label(gaits[0].velocity_units, {g.speed_source for g in gaits})
        figure = fig3b.draw(steps, gaits[0].velocity_units, published, missing, label)
    else:
        reason = f"{gaits[0].note}; {missing}"
        figure = skipped.draw("Figure 3b: swing and stance duration", reason)
    for path in job.output:
        style.save(figure, path)
