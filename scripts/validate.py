"""Compare every synthetic recording with its truth, on animals that were never labeled."""

from leap_core import adaptor, hdf5, validation
from leap_core.containers import Behavior, Gait, Poses, Track, Truth

with adaptor.rule(snakemake) as job:
    gaits = [Gait.read(path) for path in job.input.gait]
    poses = [Poses.read(path) for path in job.input.poses]
    recordings = {
        pose.recording: validation.Recording(
            Truth.read(truth),
            Track.read(track),
            pose,
            gait,
            Behavior.read(behavior),
            job.config.crop.size,
        )
        for pose, truth, track, gait, behavior in zip(
            poses,
            job.input.truth,
            job.input.tracks,
            gaits or [None] * len(poses),
            job.input.behavior,
            strict=True,
        )
    }
    labeled = job.config.labels.truth_videos if job.config.labels.truth else []
    held_out = [name for name in recordings if name not in labeled]
    summary, table = validation.validate(recordings, held_out)
    hdf5.write_json(job.output.summary, summary)
    hdf5.write_csv(job.output.table, table)
    hdf5.write_csv(job.output.behaviors, validation.behaviors(recordings, held_out))
    panels = validation.panels(recordings, held_out)
    panels.write(job.output.panels, job.provenance())
