"""The track of one video as a table."""

from pathlib import Path

from leap_core.export import exporting, registry
from leap_core.job import rule

with rule(snakemake) as job:
    made = registry.FORMATS[job.wildcards.format]
    animals = {name: number for number, name in enumerate(job.params.animals)}
    # a track has no egocentric form
    reference = job.config.exports.reference.replace("egocentric", "video")
    for line in exporting.track(
        Path(job.input.track), animals, made, Path(job.output[0]), reference
    ):
        print(line)
