"""Measured against true on synthetic animals that were never labeled."""

import json
from pathlib import Path

import pandas as pd

from leap_core import adaptor
from leap_core.figures import style, validation
from leap_core.validation import Panels

with adaptor.rule(snakemake) as job:
    figure = validation.draw(
        json.loads(Path(job.input.summary).read_text(encoding="utf-8")),
        pd.read_csv(job.input.behaviors),
        Panels.read(job.input.panels),
    )
    for path in job.output:
        style.save(figure, path)
