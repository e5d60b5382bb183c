"""Train a network on what is labeled so far in the browser, and let it propose the rest."""

from pathlib import Path

from leap_core.io import atomic
from leap_core.job import rule
from leap_core.provenance import records
from leap_core.web.label import fit, regimes

with rule(snakemake) as job:
    config = job.config
    made = fit.propose(
        regimes.Dataset(
            labels=Path(job.params.labels),
            results=records.root_of(job.output[0]),
            recordings=dict(job.params.recordings),
            skeleton=job.skeleton(),
        ),
        regimes.Settings(config.model, config.training, config.prediction, job.seed),
        job.wildcards.regime,
    )
    atomic.write_json(job.output[0], made)
