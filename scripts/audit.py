"""Decode and count every frame of one video, say what is wrong with it, and keep some frames."""

from leap_core.io import atomic
from leap_core.job import rule
from leap_core.preprocess import auditing, footage

with rule(snakemake) as job:
    found = auditing.examine(job.input.video, job.config.bits, ask=not job.alone)
    found.stills.write(job.output.stills, job.provenance())
    atomic.write_json(job.output.report, found.report)
    for line in footage.notes_of(found.report):
        print(f"{job.input.video}: {line}")
    for line in auditing.warnings_of(found.report):
        print(f"WARNING: {job.input.video}: {line}")
