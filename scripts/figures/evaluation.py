"""Error of every part on images never trained on."""

import json
from pathlib import Path

import pandas as pd

from leap_core.figures import style
from leap_core.figures.quality import evaluation
from leap_core.job import rule

with rule(snakemake) as job:
    metrics = json.loads(Path(job.input.metrics).read_text(encoding="utf-8"))
    notes = [(metrics["division"] or {}).get("note", "")]
    if metrics["held_out_run"]:
        notes += ["of a network without these images: the one that predicts learned from them too"]
    small = "; ".join(filter(None, notes))
    figure = evaluation.draw(pd.read_csv(job.input.table), small, list(metrics["parts"]))
    for path in job.output:
        style.save(figure, path)
