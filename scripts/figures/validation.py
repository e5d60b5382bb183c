"""Measured against true on synthetic animals that were never labeled."""

import json
from pathlib import Path

import pandas as pd

from leap_core.containers import Panels
from leap_core.figures import style
from leap_core.figures.quality import validation
from leap_core.job import rule

with rule(snakemake) as job:
    figure = validation.draw(
        json.loads(Path(job.input.summary).read_text(encoding="utf-8")),
        pd.read_csv(job.input.behaviors),
        Panels.read(job.input.panels),
    )
    for path in job.output:
        style.save(figure, path)
