"""Import one label file: read, exclude known defects, align, report."""

from leap_core.io import atomic
from leap_core.io.pixels import Depth
from leap_core.job import rule
from leap_core.labels import reporting, stage
from leap_core.provenance import raw_files

with rule(snakemake) as job:
    settings = job.config.labels
    source = settings.source(job.wildcards.source)
    # where images lie beside it
    path = raw_files.original(job.input.source)
    depth = Depth(job.config.bits, ask=not job.alone)
    read, report = stage.import_file(
        path, job.skeleton(), source, settings, job.config.crop, depth=depth, track=job.config.track
    )
    print(reporting.format_report(report))
    read.write(job.output.labels, job.provenance())
    atomic.write_json(job.output.summary, report)
