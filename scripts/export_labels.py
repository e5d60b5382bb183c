"""All labels as files of another program."""

from pathlib import Path

from leap_core.export import exporting, origins, registry
from leap_core.job import rule

with rule(snakemake) as job:
    crops = dict(zip(job.params.recordings, map(Path, job.input.crops), strict=True))
    films = []
    for video, path, track in zip(
        job.params.videos, job.input.films, job.input.tracks, strict=True
    ):
        names = [name for name, (its, _) in job.params.recordings.items() if its == video]
        films.append(
            origins.Film(
                name=video,
                recordings=tuple(names),
                path=Path(path),
                track=Path(track),
                crops={name: crops[name] for name in names},
                bits=job.config.bits,
            )
        )
    made = registry.FORMATS[job.wildcards.format]
    folder, exports = Path(job.output[0]), job.config.exports
    out = folder if "labels" in made.folder else folder / f"labels{made.suffix}"
    # images are measured in pixels, whatever the unit of poses
    for line in exporting.labels(
        Path(job.input.labels),
        films,
        made,
        out,
        exports.reference.removesuffix(" mm"),
        scorer=exports.scorer,
    ):
        print(line)
