"""Put crops without background in the place of the labeled images."""

from contextlib import ExitStack

from leap_core.containers import Labels, Sample, open_crops
from leap_core.job import rule
from leap_core.labels import masking

with rule(snakemake) as job, ExitStack() as stack:
    plain, masked = (
        {each.recording: each for each in (stack.enter_context(open_crops(p)) for p in paths)}
        for paths in (job.input.crops, job.input.masked)
    )
    made = masking.masked(
        Labels.read(job.input.labels),
        Sample.read(job.input.sample),
        plain,
        masked,
        job.input.labels,
    )
    made.write(job.output[0], job.provenance())
