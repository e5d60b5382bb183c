"""Poses of one video's animals as a file of another program."""

from pathlib import Path

from leap_core.export import exporting, origins, registry
from leap_core.job import rule

with rule(snakemake) as job:
    animals, exports = job.params.animals, job.config.exports
    film = origins.Film(
        name=job.params.video,
        recordings=tuple(animals),
        path=Path(job.params.film) if job.params.film else None,
        track=Path(job.input.track) if job.input.track else None,
        crops=dict(zip(animals, map(Path, job.input.crops), strict=bool(job.input.crops))),
        side=job.config.crop.size,
        imported=not job.params.film,
    )
    made = registry.FORMATS[job.wildcards.format]
    paths = [Path(path) for path in job.input.poses]
    for line in exporting.poses(
        paths, film, made, Path(job.output[0]), exports.reference, scorer=exports.scorer
    ):
        print(line)
