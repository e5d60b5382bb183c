"""Movie of one recording, or of a stretch that the config names: raw, confidence maps, tracked."""

from leap_core.containers import open_crops
from leap_core.figures import movie
from leap_core.io import video
from leap_core.job import rule
from leap_core.pose import maps

with rule(snakemake) as job:
    figures, prediction = job.config.figures, job.config.prediction
    with open_crops(job.input.crops) as crops:
        frames, fps = len(crops), crops.fps
    wanted = {each.name: each for each in figures.movies}.get(job.wildcards.movie)
    if wanted:
        start, stop = wanted.start, wanted.stop
        shown = movie.rate(wanted.playback, fps, figures.movie_fps)
    else:
        start, stop = movie.span(frames, figures.movie_start, figures.movie_frames)
        shown = figures.movie_fps
    part = maps.stretch(job.input.crops, job.input.model, prediction, start, stop)
    row = movie.Row("", part.images, part.skeleton)
    made = movie.frames([row], part.frame, fps, shown, job.config.poses.doubtful)
    video.write_video(job.output[0], made, shown)
