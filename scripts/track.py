"""Find the animal and its heading in every frame of one video."""

from leap_core.job import rule
from leap_core.preprocess import auditing, footage, given_track, tracking

with rule(snakemake) as job:
    video = job.config.video
    audited = auditing.read(job.input.audit, job.input.stills)
    track = tracking.track(
        job.input.video,
        job.config.track,
        video.animals,
        video.fps,
        video.px_per_mm,
        job.input.get("camera") or None,
        given=given_track.of_video(video, job.input.get("given") or []),
        judged=False,
        audited=audited,
    )
    track.write(job.output[0], job.provenance())
    for line in footage.warnings_of(audited.report):
        print(f"WARNING: {job.input.video}: {line}")
