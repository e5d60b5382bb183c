"""Example bouts of every region: a sheet (png, pdf) and a movie (mp4)."""

from pathlib import Path

import pandas as pd

from leap_core.containers import Behavior, BehaviorMap
from leap_core.figures import style
from leap_core.figures.quality import clips
from leap_core.io import video
from leap_core.job import rule

with rule(snakemake) as job:
    map = BehaviorMap.read(job.input.map)
    chosen = clips.bouts((Behavior.read(path) for path in job.input.behavior), map)
    files = (
        {Path(path).stem: path for path in paths} for paths in (job.input.crops, job.input.poses)
    )
    load = clips.loader(*files)
    sure, rate = job.config.poses.doubtful, job.config.figures.movie_fps
    figure = clips.draw(map, chosen, load, pd.read_csv(job.input.table), sure)
    for path in job.output:
        if str(path).endswith(".mp4"):
            video.write_video(path, clips.frames(chosen, load, sure, rate), rate)
        else:
            style.save(figure, path)
