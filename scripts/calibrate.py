"""Find what the heights of confidence maps' peaks are worth, by labels that were held out."""

from leap_core.containers import Labels
from leap_core.io import atomic
from leap_core.job import rule
from leap_core.pose import calibration, prediction

with rule(snakemake) as job:
    found, table = prediction.calibrate(
        Labels.read(job.input.labels),
        job.input.model,
        job.config.prediction,
        job.input.labels,
        of=job.input.of,
    )
    calibration.write(job.output.calibration, found)
    atomic.write_csv(job.output.table, table)
