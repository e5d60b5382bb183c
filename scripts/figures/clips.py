"""Example bouts of every region: a sheet (png, pdf) and a movie (mp4)."""

from contextlib import ExitStack

import pandas as pd

from leap_core import adaptor, video
from leap_core.containers import Behavior, BehaviorMap, Poses, open_crops
from leap_core.figures import clips, style

with adaptor.rule(snakemake) as job, ExitStack() as files:
    map = BehaviorMap.read(job.input.map)
    behaviors = [Behavior.read(path) for path in job.input.behavior]
    poses = [Poses.read(path) for path in job.input.poses]
    readers = [files.enter_context(open_crops(path)) for path in job.input.crops]
    load = clips.loader({reader.recording: reader for reader in readers})
    sure, rate = job.config.prediction.min_confidence, job.config.figures.movie_fps
    table = pd.read_csv(job.input.table)
    figure = clips.draw(map, behaviors, poses, load, table, sure)
    for path in job.output:
        if str(path).endswith(".mp4"):
            frames = clips.frames(map, behaviors, poses, load, sure, rate)
            video.write_video(path, frames, rate)
        else:
            style.save(figure, path)
