"""Find the animal and its heading in every frame of one video."""

import json
from pathlib import Path

from leap_core.job import rule
from leap_core.preprocess import footage, given_track, tracking

with rule(snakemake) as job:
    video = job.config.video
    track = tracking.track(
        job.input.video,
        job.config.track,
        video.animals,
        video.fps,
        video.px_per_mm,
        job.input.get("camera") or None,
        bits=job.config.bits,
        given=given_track.of_video(video, job.input.get("given") or []),
        judged=False,
    )
    track.write(job.output[0], job.provenance())
    report = json.loads(Path(job.input.audit).read_text(encoding="utf-8"))
    for line in footage.warnings_of(report):
        print(f"WARNING: {job.input.video}: {line}")
