"""Work per frame of what was labeled in the browser, as a table."""

from leap_core.io import atomic
from leap_core.job import rule
from leap_core.labels import effort

with rule(snakemake) as job:
    work = effort.read(job.config.labels.place(job.config.dataset))
    # more may have been labeled since the run was planned
    job.noted(effort=effort.digest(work))
    atomic.write_csv(job.output[0], effort.table(work))
