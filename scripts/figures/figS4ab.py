"""Supplementary Figure 4a, b: errors of each part with few and with more labels."""

import numpy as np

from leap_core.containers import Trial
from leap_core.figures import style
from leap_core.figures.paper import figS4ab
from leap_core.job import rule

with rule(snakemake) as job:
    trials = [Trial.read(path) for path in job.input.trials]
    errors = {}
    for trial in trials:
        errors.setdefault(f"{trial.images} labeled images", []).append(trial.errors[-1])
    tables = {name: np.concatenate(same) for name, same in errors.items()}
    figure = figS4ab.draw(tables, trials[0].skeleton)
    for path in job.output:
        style.save(figure, path)
