"""Error against confidence, and thresholds of confidence."""

import json
from pathlib import Path

import pandas as pd

from leap_core.figures import style
from leap_core.figures.quality import confidence_error
from leap_core.job import rule

with rule(snakemake) as job:
    trust = json.loads(Path(job.input.metrics).read_text(encoding="utf-8"))["confidence"]
    figure = confidence_error.draw(pd.read_csv(job.input.table), trust)
    for path in job.output:
        style.save(figure, path)
