"""Import the poses of one recording that another tool tracked."""

from leap_core.imported_poses import stage
from leap_core.job import rule

with rule(snakemake) as job:
    film = job.config.video
    limit = job.config.poses.min_confidence
    poses = stage.import_file(
        job.input.source,
        film,
        job.params.animal,
        job.wildcards.recording,
        job.skeleton(),
        job.config.crop.size,
        job.config.behavior.max_gap_s,
        limit,
    )
    print(stage.summary(poses, limit, film.egocentric))
    poses.write(job.output[0], job.provenance())
