"""Decode and count every frame of one video, and say what is wrong with it."""

from leap_core.io import atomic
from leap_core.job import rule
from leap_core.preprocess import auditing, footage
from leap_core.preprocess.auditing import audit

with rule(snakemake) as job:
    report = audit(job.input.video, job.config.bits, ask=not job.alone)
    atomic.write_json(job.output[0], report)
    for line in footage.notes_of(report):
        print(f"{job.input.video}: {line}")
    for line in auditing.warnings_of(report):
        print(f"WARNING: {job.input.video}: {line}")
