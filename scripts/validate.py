"""Compare every synthetic recording with its truth, on animals that were never labeled."""

from leap_core.containers import Behavior, Gait, Poses, Track, Truth
from leap_core.io import atomic
from leap_core.job import rule
from leap_core.validation import comparison, recording

with rule(snakemake) as job:
    gaits = [Gait.read(path) for path in job.input.gait]
    poses = [Poses.read(path) for path in job.input.poses]
    recordings = recording.of_videos(
        [Truth.read(path) for path in job.input.truth],
        [Track.read(path) for path in job.input.tracks],
        poses,
        gaits or [None] * len(poses),
        [Behavior.read(path) for path in job.input.behavior],
        list(job.params.recordings.values()),
        job.config.crop.size,
    )
    held_out = [name for name in recordings if name not in job.params.labeled]
    summary, table = comparison.validate(recordings, held_out)
    atomic.write_json(job.output.summary, summary)
    atomic.write_csv(job.output.table, table)
    atomic.write_csv(job.output.behaviors, comparison.behaviors(recordings, held_out))
    panels = comparison.make_panels(recordings, held_out)
    panels.write(job.output.panels, job.provenance())
