"""Link or download one raw file and check it."""

from leap_core import adaptor, sources

with adaptor.rule(snakemake) as job:
    items = (*job.config.videos, *job.config.labels.sources)
    source = next(s for s in items if sources.file_name(s) == job.wildcards.source)
    sources.fetch(source, job.output[0])
