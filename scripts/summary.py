"""What was done, what to look at first and what was left out, in one page."""

from leap_core.figures import facts, summary
from leap_core.io import atomic
from leap_core.job import rule

with rule(snakemake) as job:
    kinds = {name: job.input.get(name, []) for name in job.params.kinds}
    found = facts.collect(kinds, job.params.videos, job.config.poses.doubtful)
    page = summary.draw(found, job.config.dataset, job.params.figures)
    atomic.write_text(job.output[0], page)
