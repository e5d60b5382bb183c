"""What every stage left out or could not know, in one page."""

from leap_core.figures import notes
from leap_core.io import atomic
from leap_core.job import rule

with rule(snakemake) as job:
    table = notes.collect(job.input.files)
    atomic.write_csv(job.output.table, table)
    atomic.write_text(job.output.page, notes.page(table, job.config.dataset))
