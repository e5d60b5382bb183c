"""Share of labels within any distance."""

import json
from pathlib import Path

from leap_core.figures import style
from leap_core.figures.quality import pck
from leap_core.job import rule

with rule(snakemake) as job:
    metrics = json.loads(Path(job.input.metrics).read_text(encoding="utf-8"))
    figure = pck.draw(metrics, job.skeleton())
    for path in job.output:
        style.save(figure, path)
