"""Compare every synthetic recording with its truth, on animals that were never labeled."""

from leap_core.containers import Behavior, Gait, Poses, Track, Truth
from leap_core.io import atomic
from leap_core.job import rule
from leap_core.validation import comparison, recording

with rule(snakemake) as job:
    gaits = [Gait.read(path) for path in job.input.gait]
    poses = [Poses.read(path) for path in job.input.poses]
    recordings = {
        pose.recording: recording.Recording(
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
    summary, table = comparison.validate(recordings, held_out)
    atomic.write_json(job.output.summary, summary)
    atomic.write_csv(job.output.table, table)
    atomic.write_csv(job.output.behaviors, comparison.behaviors(recordings, held_out))
    panels = comparison.make_panels(recordings, held_out)
    panels.write(job.output.panels, job.provenance())
