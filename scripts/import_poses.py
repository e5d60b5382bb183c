"""Import the poses of one recording that another tool tracked."""

from leap_core import adaptor, tracked

with adaptor.rule(snakemake) as job:
    limit = job.config.prediction.min_confidence
    poses = tracked.import_file(
        job.input.source,
        job.config.video(job.params.video),
        job.params.animal,
        job.wildcards.recording,
        job.skeleton(),
        job.config.crop.size,
        job.config.behavior.max_gap_s,
        limit,
    )
    print(tracked.summary(poses, limit))
    poses.write(job.output[0], job.provenance())
