"""Link or download one raw file and check it."""

from leap_core import sources
from leap_core.job import rule

with rule(snakemake) as job:
    named = {sources.file_name(source): source for source in job.config.raw_sources}
    source = named[job.wildcards.source]
    sources.fetch(source, job.output[0])
