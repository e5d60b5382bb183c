"""What is likely wrong with the videos and their tracks, in one page before labeling."""

import json
from pathlib import Path

from leap_core.figures import first_page
from leap_core.io import atomic
from leap_core.job import rule


def read(path):
    return json.loads(Path(path).read_text(encoding="utf-8"))


with rule(snakemake) as job:
    audits = [read(path) for path in job.input.audits]
    doubts = [read(path)["warnings"] for path in job.input.doubts]
    rows = first_page.warnings(job.params.videos, audits, doubts)
    atomic.write_text(job.output[0], first_page.draw(rows, job.config.dataset))
