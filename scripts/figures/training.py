"""Loss and learning rate over epochs, and which parts were learned."""

import json
from pathlib import Path

import pandas as pd

from leap_core.figures import style
from leap_core.figures.quality import training
from leap_core.job import rule

with rule(snakemake) as job:
    card = json.loads(Path(job.input.card).read_text(encoding="utf-8"))
    figure = training.draw(pd.read_csv(job.input.history), pd.DataFrame(card["parts"]))
    for path in job.output:
        style.save(figure, path)
