"""Import one label file: read, exclude known defects, align, report."""

from leap_core import adaptor, hdf5, labels

with adaptor.rule(snakemake) as job:
    settings = job.config.labels
    source = settings.source(job.wildcards.source)
    read, report = labels.import_file(
        job.input.source, job.skeleton(), source, settings, job.config.crop
    )
    print(labels.format_report(report))
    read.write(job.output.labels, job.provenance())
    hdf5.write_json(job.output.summary, report)
