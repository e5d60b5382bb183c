"""Movie of one stretch with and without its background, each seen by its own network."""

from leap_core.containers import open_crops
from leap_core.figures import movie
from leap_core.io import video
from leap_core.job import rule
from leap_core.pose import maps

with rule(snakemake) as job:
    figures, prediction = job.config.figures, job.config.prediction
    with open_crops(job.input.crops) as crops:
        frames, fps = len(crops), crops.fps
    start, stop = movie.span(frames, figures.movie_start, figures.movie_frames)
    pairs = {
        "unmasked": (job.input.crops, job.input.model),
        "masked": (job.input.masked, job.input.masked_model),
    }
    parts = {name: maps.stretch(*pair, prediction, start, stop) for name, pair in pairs.items()}
    rows = [movie.Row(name, part.images, part.skeleton) for name, part in parts.items()]
    shown, frame = figures.movie_fps, parts["unmasked"].frame
    made = movie.frames(rows, frame, fps, shown, job.config.poses.doubtful)
    video.write_video(job.output[0], made, shown)
