"""Figure 4c-h: mean spectrograms of regions where parts move on the spot."""

import pandas as pd

from leap_core.containers import BehaviorMap
from leap_core.figures import style
from leap_core.figures.paper import fig4ch
from leap_core.job import rule

with rule(snakemake) as job:
    figure = fig4ch.draw(BehaviorMap.read(job.input.map), pd.read_csv(job.input.table))
    for path in job.output:
        style.save(figure, path)
