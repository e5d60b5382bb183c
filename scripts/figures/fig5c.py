"""Figure 5c: mean spectrograms of the locomotor regions."""

import pandas as pd

from leap_core import adaptor
from leap_core.containers import BehaviorMap, RegionStats
from leap_core.figures import fig5c, style

with adaptor.rule(snakemake) as job:
    figure = fig5c.draw(
        BehaviorMap.read(job.input.map),
        RegionStats.read(job.input.statistics),
        pd.read_csv(job.input.table),
    )
    for path in job.output:
        style.save(figure, path)
