"""The paper's movies under their numbers."""

import shutil

from leap_core.io.atomic import atomic_path
from leap_core.job import rule

with rule(snakemake) as job:
    for movie, numbered in zip(job.input.movies, job.output, strict=True):
        with atomic_path(numbered) as temporary:
            shutil.copyfile(movie, temporary)
