"""Figure 2b: error overall and by part group."""

import json
from pathlib import Path

import pandas as pd

from leap_core.figures import style
from leap_core.figures.paper import fig2b
from leap_core.figures.tables import errors_from_table
from leap_core.job import rule

with rule(snakemake) as job:
    skeleton = job.skeleton()
    errors = errors_from_table(pd.read_csv(job.input.table), skeleton)
    metrics = json.loads(Path(job.input.metrics).read_text(encoding="utf-8"))
    interval = metrics["overall"]["interval"]["median_px"]
    figure = fig2b.draw(errors, skeleton, metrics["body_length_px"], interval)
    for path in job.output:
        style.save(figure, path)
