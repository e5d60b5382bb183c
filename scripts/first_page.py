"""What is likely wrong with the videos and their tracks, in one page."""

import json
from pathlib import Path

from leap_core.figures import first_page
from leap_core.io import atomic
from leap_core.job import rule
from leap_core.preprocess import auditing


def read(path):
    return json.loads(Path(path).read_text(encoding="utf-8"))


with rule(snakemake) as job:
    rows = []
    for video, audit, doubts in zip(
        job.params.videos, job.input.audits, job.input.doubts, strict=True
    ):
        rows += [(video, "track", line) for line in read(doubts)["warnings"]]
        rows += [(video, "video", line) for line in auditing.warnings_of(read(audit))]
    atomic.write_text(job.output[0], first_page.draw(rows, job.config.dataset))
