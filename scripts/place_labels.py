"""Put the labels that were made in the browser on the crops as they are now, and report."""

from pathlib import Path

from leap_core.io import atomic
from leap_core.job import rule
from leap_core.labels import edits, placing, reporting

with rule(snakemake) as job:
    read = edits.read(job.config.labels.place(job.config.dataset))
    # more may have been labeled since the run was planned
    job.noted(browser=read.digest())
    crops, tracks = (
        {Path(path).stem: Path(path) for path in paths}
        for paths in (job.input.crops, job.input.tracks)
    )
    recordings = {name: (video, animal) for name, (video, animal) in job.params.recordings.items()}
    found, report = placing.place(
        read, job.skeleton(), recordings, crops.__getitem__, tracks.__getitem__
    )
    print(reporting.format_report(report))
    found.write(job.output.labels, job.provenance())
    atomic.write_json(job.output.summary, report)
