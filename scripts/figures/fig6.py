"""Figure 6: the labeled animal, accuracy, rings of error; with and without its background."""

import json
from pathlib import Path

import pandas as pd

from leap_core.containers import Labels
from leap_core.figures import style
from leap_core.figures.paper import fig6
from leap_core.figures.tables import errors_from_table, reference_sample
from leap_core.job import rule

with rule(snakemake) as job:
    files = list(zip(job.input.labels, job.input.table, job.input.metrics, strict=True))
    names = ["unmasked", "masked"] if len(files) > 1 else [""]
    rows = []
    for name, (images, table, metrics) in zip(names, files, strict=True):
        labels = Labels.read(images)
        errors = errors_from_table(pd.read_csv(table), labels.skeleton)
        found = json.loads(Path(metrics).read_text(encoding="utf-8"))
        k = reference_sample(labels)
        picture = (labels.images[k, ..., 0], labels.positions[k])
        interval = found["overall"]["interval"]["median_px"]
        rows.append(fig6.Row(name, *picture, errors, found["body_length_px"], interval))
    figure = fig6.draw(rows, labels.skeleton)
    for path in job.output:
        style.save(figure, path)
