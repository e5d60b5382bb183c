"""Import one label file: read, exclude known defects, align, report."""

from leap_core import adaptor, hdf5, labels

with adaptor.rule(snakemake) as job:
    settings = job.config.labels
    source = next(s for s in settings.sources if s.id == job.wildcards.source)
    read = labels.read(job.input.source, job.skeleton(), source.format, source.rows, source.id)
    if settings.exclusions:
        read = labels.exclude(read, settings.exclusions, source.id, source.rows)
    if settings.align:
        read = labels.align(read, job.config.crop.size)
    report = labels.report(read)
    print(labels.format_report(report))
    read.write(job.output.labels, job.provenance())
    hdf5.write_json(job.output.summary, report)
