"""Overlay movie of one recording."""

from leap_core import adaptor, video
from leap_core.containers import Poses, open_crops
from leap_core.figures import movie

with adaptor.rule(snakemake) as job:
    settings = job.config.figures
    poses = Poses.read(job.input.poses)
    with open_crops(job.input.crops) as crops:
        stop = min(len(crops), settings.movie_start + settings.movie_frames)
        rows = slice(max(0, min(settings.movie_start, stop - 1)), stop)
        frames = movie.frames(
            crops.images[rows, ..., 0],
            poses.positions[rows],
            poses.confidence[rows],
            poses.skeleton,
            job.config.prediction.min_confidence,
        )
        video.write_video(job.output[0], frames, settings.movie_fps)
