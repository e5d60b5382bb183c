"""Figure 6: the labeled animal, accuracy, rings of error."""

import json
from pathlib import Path

import pandas as pd

from leap_core import adaptor
from leap_core.containers import Labels
from leap_core.figures import fig6, style
from leap_core.figures.tables import errors_from_table, reference_sample

with adaptor.rule(snakemake) as job:
    labels = Labels.read(job.input.labels)
    errors = errors_from_table(pd.read_csv(job.input.table), labels.skeleton)
    metrics = json.loads(Path(job.input.metrics).read_text(encoding="utf-8"))
    interval = metrics["overall"]["interval"]["median_px"]
    k = reference_sample(labels)
    picture = (labels.images[k, ..., 0], labels.positions[k])
    row = fig6.Row("", *picture, errors, metrics["body_length_px"], interval)
    figure = fig6.draw([row], labels.skeleton)
    for path in job.output:
        style.save(figure, path)
