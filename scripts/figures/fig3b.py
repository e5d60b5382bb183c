"""Figure 3b: swing and stance duration against speed."""

import pandas as pd

from leap_core import adaptor
from leap_core.containers import Gait
from leap_core.figures import fig3b, skipped, style

with adaptor.rule(snakemake) as job:
    gaits = [Gait.read(path) for path in job.input.gait]
    steps = pd.concat([pd.read_parquet(path) for path in job.input.steps])
    if (steps["whole"] & steps["mean_speed"].notna()).any():
        figure = fig3b.draw(steps, gaits[0].velocity_units, job.config.figures.published_flies)
    else:
        figure = skipped.draw("Figure 3b: swing and stance duration", gaits[0].note)
    for path in job.output:
        style.save(figure, path)
