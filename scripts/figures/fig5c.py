"""Figure 5c: mean spectrograms of the locomotor regions."""

import pandas as pd

from leap_core.containers import BehaviorMap, RegionStats
from leap_core.figures import style
from leap_core.figures.paper import fig5c
from leap_core.job import rule

with rule(snakemake) as job:
    figure = fig5c.draw(
        BehaviorMap.read(job.input.map),
        RegionStats.read(job.input.statistics),
        pd.read_csv(job.input.table),
    )
    for path in job.output:
        style.save(figure, path)
