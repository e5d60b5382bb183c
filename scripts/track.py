"""Find the animal and its heading in every frame of one video."""

from leap_core import adaptor, preprocess

with adaptor.rule(snakemake) as job:
    video = job.config.video(job.wildcards.video)
    track = preprocess.track(
        job.input.video,
        job.config.track,
        video.animals,
        video.fps,
        video.px_per_mm,
        job.input.get("camera") or None,
        job.input.get("corrections") or None,
    )
    track.write(job.output[0], job.provenance())
    for line in preprocess.doubts(track):
        print(f"WARNING: {job.input.video}: {line}")
