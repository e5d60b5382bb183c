"""Compare every synthetic recording with its truth, on animals that were never labeled."""

from leap_core.containers import Behavior, Files, Gait, Poses, Track, Truth
from leap_core.io import atomic
from leap_core.job import rule
from leap_core.validation import comparison, recording

with rule(snakemake) as job:
    recordings = recording.Recordings(
        Files(Truth, job.input.truth),
        Files(Track, job.input.tracks),
        Files(Poses, job.input.poses),
        Files(Gait, job.input.gait),
        Files(Behavior, job.input.behavior),
        job.params.recordings,
        job.config.crop.size,
        job.config.poses.doubtful,
    )
    held_out = [name for name in recordings if name not in job.params.labeled]
    summary, table = comparison.validate(recordings, held_out, job.config.gait.min_speed)
    atomic.write_json(job.output.summary, summary)
    atomic.write_csv(job.output.table, table)
    atomic.write_csv(job.output.behaviors, comparison.behaviors(recordings, held_out))
    panels = comparison.make_panels(recordings, held_out)
    panels.write(job.output.panels, job.provenance())
