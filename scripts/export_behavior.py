"""What one animal does, frame by frame, as a table."""

from pathlib import Path

from leap_core.export import exporting, registry
from leap_core.job import rule

with rule(snakemake) as job:
    made = registry.FORMATS[job.wildcards.format]
    files = [Path(path) for path in job.input.files]
    names = Path(job.input.names)
    for line in exporting.behavior(files, made, Path(job.output[0]), names):
        print(line)
