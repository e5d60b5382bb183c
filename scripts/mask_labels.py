"""Put crops without background in the place of the labeled images."""

from contextlib import ExitStack

from leap_core.containers import Labels, Sample, open_crops
from leap_core.job import rule
from leap_core.labels import masking

with rule(snakemake) as job, ExitStack() as stack:
    crops = [stack.enter_context(open_crops(path)) for path in job.input.crops]
    made = masking.masked(
        Labels.read(job.input.labels),
        Sample.read(job.input.sample),
        {each.recording: each for each in crops},
        job.input.labels,
    )
    made.write(job.output[0], job.provenance())
